import Platform

/// What other users see of this process.
enum ArgumentRedaction {
  /// Overwrites user and password of the Redis URLs among the arguments; they were copied before. Without this, `ps`
  /// shows them to everybody.
  static func hidePasswords() {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index], strstr(argument, "redis") != nil,
        let start = strstr(argument, "://"), let end = strrchr(argument, Int32(UInt8(ascii: "@"))), end > start
      else { continue }
      memset(start + 3, Int32(UInt8(ascii: "*")), end - start - 3)
    }
  }
}
