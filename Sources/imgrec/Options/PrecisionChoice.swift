import ArgumentParser
import Platform
import Recognition

/// `--precision`: one of the number formats, or auto.
struct PrecisionChoice: ParsableArguments {
  private static let auto = "auto"
  private static let names = [auto] + Precision.allCases.map(\.rawValue)

  @Option(
    name: .customLong("precision"),
    help: .init(
      """
      Number format of the networks: bf16 on OpenVINO; int8 if the model has a quantised network (imgrec models quantise); \
      auto is bf16 if the processor is fast in it and the card states that it costs no answers, else f32. \
      (values: \(names.joined(separator: ", ")); default: auto)
      """, valueName: "precision"),
    completion: .list(names),
    transform: { name in
      guard names.contains(name) else {
        throw ValidationError(
          "'\(name)' is not one of its values\n"
            + (Suggestions.question(name, among: names) ?? "It takes \(names.joined(separator: ", "))"))
      }
      return Choice(precision: Precision(rawValue: name))
    })
  private var choice: Choice?

  /// What `--precision` names; a nil precision is auto.
  struct Choice { var precision: Precision? }

  /// nil: auto.
  var precision: Precision? {
    get { choice?.precision }
    set { choice = Choice(precision: newValue) }
  }
}
