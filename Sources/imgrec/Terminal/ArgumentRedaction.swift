import Platform

/// Removal of secrets from the arguments that other users can see.
enum ArgumentRedaction {
  /// Overwrites user and password of the Redis URLs among the process's arguments, which `ps` shows to all users. The
  /// arguments must have been copied before.
  static func hidePasswords() {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index], strstr(argument, "redis") != nil,
        let start = strstr(argument, "://"), let end = strrchr(argument, Int32(UInt8(ascii: "@"))), end > start
      else { continue }
      memset(start + 3, Int32(UInt8(ascii: "*")), end - start - 3)
    }
  }
}
