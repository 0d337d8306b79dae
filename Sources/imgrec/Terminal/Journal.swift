import Platform

/// systemd's journal, if standard error is connected to it: it reads the level of a line from its beginning.
enum Journal {
  /// Whether standard error is connected to the journal. systemd names device and inode of the socket in JOURNAL_STREAM;
  /// a child process may have another standard error and still inherit the variable.
  static let isConnected = matches(getenv("JOURNAL_STREAM").map { String(cString: $0) }, STDERR_FILENO)

  static func matches(_ stream: String?, _ descriptor: Int32) -> Bool {
    guard let parts = stream?.split(separator: ":"), parts.count == 2, let device = UInt64(parts[0]),
      let inode = UInt64(parts[1])
    else { return false }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    return UInt64(truncatingIfNeeded: status.st_dev) == device && UInt64(truncatingIfNeeded: status.st_ino) == inode
  }

  /// The lines of `text`, each with its level as sd-daemon(3) defines it.
  static func leveled(_ text: String, _ level: LogLevel) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: true).map { "<\(level.priority)>\($0)\n" }.joined()
  }
}
