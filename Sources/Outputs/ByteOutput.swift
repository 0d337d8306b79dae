import Platform
import Recognition

/// A file descriptor to which records are written, buffered.
///
/// SIGPIPE must be ignored by the process, so that a closed pipe is an error and not an end. After the first error
/// every call throws it again, and nothing more is written.
public final class ByteOutput {
  /// What is done with a file that is there already.
  public enum Mode: Sendable {
    case truncate
    /// Goes on at its end. A last line that was not finished, as after a kill, is cut off first.
    case append
  }

  /// Whether a person looks at it.
  public let isTerminal: Bool
  /// Whether someone may wait at the other end (pipe, socket, terminal): flush when nothing else is at hand.
  public let isLive: Bool
  /// Whether nothing was in the file before; a header belongs there only then.
  public let startsEmpty: Bool

  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private let isRegular: Bool
  private let name: String
  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  private var count = 0
  private var broken: SinkError?
  private var isOpen = true

  private static let capacity = 64 * 1024

  /// Writes to a descriptor that stays open: standard output.
  public convenience init(descriptor: Int32 = STDOUT_FILENO) {
    self.init(descriptor: descriptor, owned: false, name: descriptor == 1 ? "standard output" : "output")
  }

  /// Opens a file, made with the usual permissions if it is not there.
  public convenience init(path: RawPath, mode: Mode = .truncate) throws(SetupError) {
    let flags = O_CLOEXEC | O_CREAT | O_NOCTTY | (mode == .truncate ? O_WRONLY | O_TRUNC : O_RDWR | O_APPEND)
    var descriptor = path.withCString { open($0, flags, 0o666) }
    // Append reads the tail to mend it; where that is not allowed, or not a file, writing alone will do.
    if descriptor < 0, mode == .append { descriptor = path.withCString { open($0, flags & ~O_RDWR | O_WRONLY, 0o666) } }
    guard descriptor >= 0 else { throw SetupError("cannot write \(path): \(systemMessage(errno))") }
    if mode == .append { cutUnfinishedLine(descriptor) }
    self.init(descriptor: descriptor, owned: true, name: path.description)
  }

  private init(descriptor: Int32, owned: Bool, name: String) {
    self.descriptor = descriptor
    ownsDescriptor = owned
    self.name = name
    var status = stat()
    let known = fstat(descriptor, &status) == 0
    isRegular = known && status.st_mode & S_IFMT == S_IFREG
    isTerminal = isatty(descriptor) == 1
    isLive = !isRegular
    startsEmpty = !(isRegular && status.st_size > 0)
  }

  deinit {
    buffer.deallocate()
    if ownsDescriptor, isOpen { close(descriptor) }
  }

  public func write(_ bytes: [UInt8]) throws(SinkError) {
    var done = 0
    while done < bytes.count {
      if count == Self.capacity { try flush() }
      let part = min(Self.capacity - count, bytes.count - done)
      bytes.withUnsafeBytes { buffer.advanced(by: count).copyMemory(from: $0.baseAddress! + done, byteCount: part) }
      count += part
      done += part
    }
    if let broken { throw broken }
  }

  /// Hands all that is buffered to the system.
  public func flush() throws(SinkError) {
    if let broken { throw broken }
    var done = 0
    while done < count {
      let written = retrying { writeSome(descriptor, buffer + done, count - done) }
      if written >= 0 {
        done += written
        continue
      }
      switch errno {
      case EAGAIN, EWOULDBLOCK:
        // Someone made the shared terminal or pipe non-blocking.
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      case EPIPE: throw fail(.closedPipe)
      case let code: throw fail(.failed("cannot write \(name): \(systemMessage(code))"))
      }
    }
    count = 0
  }

  /// Flushes; a regular file is brought to the disk. A file that was opened here is closed.
  public func finish() throws(SinkError) {
    guard isOpen else { return }
    defer { isOpen = false }
    var problem: SinkError?
    do { try flush() } catch { problem = error }
    if problem == nil, isRegular, retrying({ fsync(descriptor) }) != 0 {
      let code = errno
      // Some file systems have nothing to bring to a disk.
      if code != EINVAL, code != ENOTSUP, code != EROFS {
        problem = fail(.failed("cannot write \(name): \(systemMessage(code))"))
      }
    }
    // EINTR from close leaves the descriptor closed on Linux.
    if ownsDescriptor, close(descriptor) != 0, errno != EINTR, problem == nil {
      problem = fail(.failed("cannot write \(name): \(systemMessage(errno))"))
    }
    if let problem { throw problem }
  }

  private func fail(_ error: SinkError) -> SinkError {
    count = 0
    broken = error
    return error
  }
}

/// Outside the class, whose own `write` hides the system's.
private func writeSome(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

/// Cuts a regular file after its last line end; does nothing where that cannot be done.
private func cutUnfinishedLine(_ descriptor: Int32) {
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
  var end = Int(status.st_size)
  var block = [UInt8](repeating: 0, count: 64 * 1024)
  while end > 0 {
    let start = max(0, end - block.count)
    let read = pread(descriptor, &block, end - start, off_t(start))
    guard read == end - start else { return }
    if let newline = block[..<read].lastIndex(of: UInt8(ascii: "\n")) {
      end = start + newline + 1
      break
    }
    end = start
  }
  if end < Int(status.st_size) { _ = ftruncate(descriptor, off_t(end)) }
}
