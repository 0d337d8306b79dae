/// A lock between processes, held until it is let go of.
public struct FileLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock `path`; calls `waiting` before it blocks on another holder.
  public init(_ path: String, waiting: () -> Void) throws(SetupError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw SetupError("\(path) cannot be written: \(systemMessage())\nSet IMGREC_MODELS to a folder that can be.")
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { waiting() }
      while flock(descriptor, LOCK_EX) != 0 {
        guard errno == EINTR else {
          let message = systemMessage()
          close(descriptor)
          throw SetupError("\(path) cannot be locked: \(message)")
        }
      }
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}
