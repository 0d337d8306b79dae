import Foundation

/// Runs programs for their effect on files.
public enum Subprocess {
  public struct Result {
    /// Exit status, or 128 plus the signal that ended the program, as in a shell.
    public var status: Int32
    /// Lines of standard error that are not blank.
    public var complaints: [Substring]
    /// Last line of standard error, or the status if it is empty.
    public var lastComplaint: String { complaints.last.map(String.init) ?? "it ended with status \(status)" }
  }

  /// Returns the first executable of that name on `PATH`.
  public static func find(_ program: String, path: String? = ProcessInfo.processInfo.environment["PATH"]) -> String? {
    (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").lazy.map { "\($0)/\(program)" }
      .first { $0.hasPrefix("/") && FileSystem.size($0) != nil && access($0, X_OK) == 0 }
  }

  /// Runs `program` in `directory`, with standard error in the file `log` there, and waits; calls `tick` every 0.2 s.
  ///
  /// The child stays in this process group, so that an interrupt from the keyboard ends it too.
  public static func run(
    _ program: String, _ arguments: [String], in directory: String, environment added: [String: String] = [:],
    tick: () -> Void = {}
  ) throws(SetupError) -> Result {
    let log = "\(directory)/log"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let settings = ProcessInfo.processInfo.environment.merging(added) { $1 }.map { "\($0)=\($1)" }
    // Not in the user's folder, whose files Python would import as modules.
    var argv = (["sh", "-c", "cd \"$0\" && exec \"$@\"", directory, program] + arguments).map { strdup($0) } + [nil]
    var envp = settings.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, "/bin/sh", &actions, nil, &argv, &envp)
    guard code == 0 else { throw SetupError("\(program) cannot be run: \(systemMessage(code))") }

    var state: Int32 = 0
    var rounds = 0
    while true {
      let ended = waitpid(child, &state, WNOHANG)
      if ended == child { break }
      if ended < 0, errno != EINTR { throw SetupError("\(program): lost track of the process: \(systemMessage())") }
      rounds += 1
      if rounds % 10 == 0 { tick() }
      usleep(20_000)
    }
    let signal = state & 0x7f
    let text = (try? FileSystem.contents(log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
    return Result(status: signal == 0 ? (state >> 8) & 0xff : 128 + signal, complaints: lines)
  }
}
