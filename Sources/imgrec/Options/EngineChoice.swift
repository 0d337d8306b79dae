import ArgumentParser
import Platform
import Recognition

/// `--engine`: one of the engines, or auto.
struct EngineChoice: ParsableArguments {
  private static let auto = "auto"
  private static let names = [auto] + EngineKind.allCases.map(\.rawValue)

  @Option(
    name: .customLong("engine"),
    help: .init(
      "Engine that runs the networks; auto is the fastest by imgrec bench --save, or the first of the model's engines that "
        + "is installed. "
        + "(values: \(names.joined(separator: ", ")); default: auto)",
      valueName: "engine"),
    completion: .list(names),
    transform: { name in
      guard names.contains(name) else {
        throw ValidationError(
          "'\(name)' is not an engine\n"
            + (Suggestions.question(name, among: names).map { $0 + " All engines: imgrec engines list" }
              ?? "The engines are \(names.joined(separator: ", "))"))
      }
      return Choice(kind: EngineKind(rawValue: name))
    })
  private var choice: Choice?

  /// What `--engine` names; a nil kind is auto.
  struct Choice { var kind: EngineKind? }

  /// nil: auto.
  var engine: EngineKind? {
    get { choice?.kind }
    set { choice = Choice(kind: newValue) }
  }
}
