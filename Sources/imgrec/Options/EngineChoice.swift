import ArgumentParser
import Platform
import Recognition

/// `--engine`: one of the engines, or auto; `--device`: where it runs.
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

  @Option(
    help: .init(
      "Where the networks run: cuda is an NVIDIA GPU by onnxruntime, gpu an Intel GPU by openvino.", valueName: "device"
    ))
  var device: ComputeDevice = .cpu

  /// What `--engine` names; a nil kind is auto.
  struct Choice { var kind: EngineKind? }

  /// nil: auto.
  var engine: EngineKind? {
    get { choice?.kind }
    set { choice = Choice(kind: newValue) }
  }

  /// The rules that need no card.
  func rules(_ precision: Precision?) -> [OptionRule] {
    let engines = EngineKind.allCases.filter { $0.devices.contains(device) }.map(\.rawValue).joined(separator: " or ")
    return [
      OptionRule(
        engine.map { !$0.devices.contains(device) } ?? false,
        "--device \(device.rawValue) needs the engine \(engines); this run has \(engine?.rawValue ?? "")",
        "Use --engine \(engines), or leave --engine or --device out."),
      OptionRule(
        device != .cpu && precision != nil && precision != .f32,
        "--device \(device.rawValue) computes in f32; this run has --precision \(precision?.rawValue ?? "")",
        "Use --precision f32, or leave --precision or --device out."),
    ]
  }
}

extension ComputeDevice: ExpressibleByArgument {}
