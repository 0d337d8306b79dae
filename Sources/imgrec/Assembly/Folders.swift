import Foundation

/// Folders of the user's files, by the XDG base directories.
enum Folders {
  static var config: URL { folder("XDG_CONFIG_HOME", ".config") }
  static var cache: URL { folder("XDG_CACHE_HOME", ".cache") }

  private static func folder(_ variable: String, _ standard: String) -> URL {
    let environment = ProcessInfo.processInfo.environment
    let base =
      if let named = environment[variable], named.hasPrefix("/") {
        URL(fileURLWithPath: named)
      } else {
        FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(standard)
      }
    return base.appendingPathComponent("imgrec")
  }
}
