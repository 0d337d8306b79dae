import Dispatch
import ModelLibrary
import Platform
import Recognition

/// Opens the library of the engine that a scan will most likely need, on another core, while the arguments are parsed:
/// that takes as long as parsing them and checking the model's files.
///
/// It parses the arguments roughly. A wrong guess costs a moment of that core, and nothing else.
enum EnginePreloader {
  static func begin(_ arguments: [String]) {
    // OpenVINO's threads ask hwloc for the cores; its plug-ins would load OpenCL, X11 and libxml to look for devices.
    setenv("HWLOC_PLUGINS_PATH", "none", 0)
    guard arguments.first == "scan", HostInfo.cores > 1 else { return }
    for other in ["-h", "--help", "--help-hidden", "--dry-run", "--queue"] where arguments.contains(other) { return }
    DispatchQueue.global(qos: .userInitiated).async {
      guard let name = model(arguments), let card = try? ModelZoo.embedded.card(named: name),
        let store = try? ModelStore.standard()
      else { return }
      let engine = value(of: ["--engine"], in: arguments).flatMap(EngineKind.init)
      let precision = value(of: ["--precision"], in: arguments).flatMap(Precision.init)
      let device = value(of: ["--device"], in: arguments).flatMap(ComputeDevice.init) ?? .cpu
      _ = try? Assembly(store: store, pulls: false).selection(
        for: card, reference: card.pinnedReference, engine: engine, precision: precision, device: device)
    }
  }

  /// The named model, or the default model of the first task.
  private static func model(_ arguments: [String]) -> String? {
    if let names = value(of: ["-m", "--model"], in: arguments) {
      return names.split(separator: ",").first.map(String.init)
    }
    guard let tasks = value(of: ["--task"], in: arguments) else { return TaskKind.classify.defaultModel }
    return tasks.split(separator: ",").first.flatMap { TaskKind(rawValue: String($0)) }?.defaultModel
  }

  private static func value(of names: [String], in arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      for name in names {
        if argument == name { return index + 1 < arguments.count ? arguments[index + 1] : nil }
        if argument.hasPrefix(name + "=") { return String(argument.dropFirst(name.count + 1)) }
      }
    }
    return nil
  }
}
