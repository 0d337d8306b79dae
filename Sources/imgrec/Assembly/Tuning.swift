import Foundation
import Outputs
import Platform
import Recognition

/// The best settings found by `imgrec bench --save`, by model, engine with its precision, and number
/// of cores of this machine.
enum Tuning {
  struct Setting: Codable, Equatable {
    var decoders: Int
    var instances: Int
    var threads: Int
    var maxBatch: Int
  }

  static func key(_ model: LoadedModel, _ use: EngineUse) -> String {
    "\(model.reference) \(use.name) \(HostInfo.cores)"
  }

  /// The saved setting; nil if none is saved. A file that cannot be read counts as empty: settings only save time.
  static func setting(for key: String) -> Setting? { all()[key] }

  /// Throws if settings cannot be saved; asked before they are measured.
  static func checkWritable() throws(SetupError) {
    guard let file else { throw noFolder }
    try FolderTrial.check(RawPath(file).parent, option: "--save")
  }

  static func save(_ setting: Setting, key: String) throws(SetupError) {
    var settings = all()
    settings[key] = setting
    guard let file else { throw noFolder }
    try write(settings, to: file)
  }

  static let noFolder = SetupError("no home directory to save the setting in; set XDG_CONFIG_HOME")

  /// Writes settings as JSON, all or nothing.
  static func write(_ settings: some Encodable, to file: String) throws(SetupError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try SetupError.wrapping("cannot save the setting in \(file): ") {
      try FileSystem.createDirectory((file as NSString).deletingLastPathComponent)
      try AtomicFile.write(Array(try encoder.encode(settings)), to: RawPath(file))
    }
  }

  private static func all() -> [String: Setting] {
    guard let file, let data = try? FileSystem.contents(file) else { return [:] }
    return (try? JSONDecoder().decode([String: Setting].self, from: data)) ?? [:]
  }

  private static var file: String? { UserDirectories.config().map { "\($0)/tuning.json" } }
}
