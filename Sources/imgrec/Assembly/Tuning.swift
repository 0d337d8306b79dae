import Foundation
import Outputs
import Platform
import Recognition

/// The best settings found by `imgrec bench --save`, by model, engine and number of cores of this machine.
enum Tuning {
  struct Setting: Codable, Equatable {
    var decoders: Int
    var instances: Int
    var threads: Int
    var maxBatch: Int
  }

  static func key(_ model: LoadedModel, engine: EngineKind) -> String {
    "\(model.reference) \(engine.rawValue) \(HostInfo.cores)"
  }

  /// The saved setting; nil if there is none. A file that cannot be read counts as empty: settings only save time.
  static func setting(for key: String) -> Setting? { all()[key] }

  static func save(_ setting: Setting, key: String) throws(SetupError) {
    var settings = all()
    settings[key] = setting
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try WholeFile.write(Array(try encoder.encode(settings)), to: RawPath(file.path))
    } catch {
      throw SetupError("cannot save the setting in \(file.path): \(error)")
    }
  }

  private static func all() -> [String: Setting] {
    guard let data = try? Data(contentsOf: file) else { return [:] }
    return (try? JSONDecoder().decode([String: Setting].self, from: data)) ?? [:]
  }

  private static var file: URL { Folders.config.appendingPathComponent("tuning.json") }
}
