/// Where networks are kept.
public enum StoreLocation {
  /// `$IMGREC_MODELS`, else `$XDG_DATA_HOME/imgrec/models`, else `~/.local/share/imgrec/models`.
  public static func directory(environment: [String: String], currentDirectory: String) throws(SetupError) -> String {
    if let given = environment["IMGREC_MODELS"], !given.isEmpty {
      return given.hasPrefix("/") ? given : "\(currentDirectory)/\(given)"
    }
    // The XDG specification has a relative path ignored.
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/imgrec/models" }
    if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.local/share/imgrec/models" }
    guard let home = homeOfUser() else {
      throw SetupError("there is no home directory to keep models in: set IMGREC_MODELS to a folder")
    }
    return "\(home)/.local/share/imgrec/models"
  }

  private static func homeOfUser() -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var room = [CChar](repeating: 0, count: 16384)
    guard getpwuid_r(getuid(), &entry, &room, room.count, &found) == 0, found != nil, let home = entry.pw_dir else {
      return nil
    }
    let path = String(cString: home)
    return path.hasPrefix("/") ? path : nil
  }
}
