import Foundation

/// The user's folders of imgrec, by the XDG base directories.
///
/// One rule for all: the XDG variable if it is absolute (the specification has a relative one ignored), else the default
/// below `$HOME` if that is absolute, else below the home folder in the user database. nil if none is known.
public enum UserDirectories {
  /// `$XDG_CONFIG_HOME/imgrec`, else `~/.config/imgrec`: settings.
  public static func config(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    folder("XDG_CONFIG_HOME", ".config", environment)
  }

  /// `$XDG_CACHE_HOME/imgrec`, else `~/.cache/imgrec`: cached results and compiled networks.
  public static func cache(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    folder("XDG_CACHE_HOME", ".cache", environment)
  }

  /// `$XDG_DATA_HOME/imgrec`, else `~/.local/share/imgrec`: models and engines.
  public static func data(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
    folder("XDG_DATA_HOME", ".local/share", environment)
  }

  /// The folder of the networks: `$IMGREC_MODELS`, else `models` in `data`.
  public static func models(environment: [String: String], currentDirectory: String) throws(SetupError) -> String {
    if let given = environment["IMGREC_MODELS"], !given.isEmpty {
      return given.hasPrefix("/") ? given : "\(currentDirectory)/\(given)"
    }
    guard let data = data(environment: environment) else {
      throw SetupError("no home directory to keep models in; set IMGREC_MODELS to a folder")
    }
    return "\(data)/models"
  }

  private static func folder(_ variable: String, _ fallback: String, _ environment: [String: String]) -> String? {
    if let base = environment[variable], base.hasPrefix("/") { return "\(base)/imgrec" }
    if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/\(fallback)/imgrec" }
    return homeOfUser().map { "\($0)/\(fallback)/imgrec" }
  }

  private static func homeOfUser() -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16384)
    guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil, let home = entry.pw_dir
    else { return nil }
    let path = String(cString: home)
    return path.hasPrefix("/") ? path : nil
  }
}
