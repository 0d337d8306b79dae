/// A lock between processes, held until it is deinitialised.
public struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Acquires the lock file `path`; calls `waiting` before it blocks on another holder. `advice` ends the error message
  /// if the file cannot be created.
  public init(_ path: String, advice: String? = nil, waiting: () -> Void) throws(SetupError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw SetupError("\(path) cannot be written: \(systemMessage())" + (advice.map { "\n\($0)" } ?? ""))
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { waiting() }
      guard retrying({ flock(descriptor, LOCK_EX) }) == 0 else {
        let message = systemMessage()
        close(descriptor)
        throw SetupError("\(path) cannot be locked: \(message)")
      }
    }
    self.descriptor = descriptor
  }

  /// Locks a folder, which leaves no lock file; waits for another holder. On a file system that does not lock folders
  /// (NFS), locks the file `.imgrec.lock` in it.
  public init(folder: String) throws(SetupError) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SetupError("\(folder) cannot be opened: \(systemMessage())") }
    if retrying({ flock(descriptor, LOCK_EX) }) == 0 {
      self.init(descriptor: descriptor)
    } else {
      close(descriptor)
      try self.init("\(folder)/.imgrec.lock", waiting: {})
    }
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
