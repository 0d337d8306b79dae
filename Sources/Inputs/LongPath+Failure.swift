import Platform
import Recognition

extension LongPath {
  /// Opens a file for reading; a FIFO in its place does not block. The caller closes the descriptor.
  static func openForReading(_ path: RawPath, stage: Failure.Stage = .walk) throws(Failure) -> Int32 {
    switch open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) {
    case .descriptor(let opened): return opened
    case .error(let code): throw Failure(stage, errno: code)
    }
  }
}
