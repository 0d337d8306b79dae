import Platform
import Recognition

/// A buffered file descriptor for records.
///
/// SIGPIPE must be ignored by the process, so that a closed pipe is an error and does not end it. After the first error
/// every call throws it again, and nothing more is written.
public final class ByteOutput {
  /// The treatment of an existing file.
  public enum Mode: Sendable {
    case truncate
    /// Appends. An incomplete last line, as after a kill, is removed first.
    case append
  }

  /// Whether it is a terminal.
  public let isTerminal: Bool
  /// Whether a reader may wait at the other end (pipe, socket, terminal): then it is flushed whenever the queue is empty.
  public let isLive: Bool
  /// Whether the file was empty when opened; only then it gets a header.
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

  /// Opens a file; creates it with the usual permissions if it does not exist.
  public convenience init(path: RawPath, mode: Mode = .truncate) throws(SetupError) {
    let flags = O_CLOEXEC | O_CREAT | O_NOCTTY | (mode == .truncate ? O_WRONLY | O_TRUNC : O_RDWR | O_APPEND)
    var descriptor = path.withCString { open($0, flags, 0o666) }
    // Appending reads the tail to repair it; if the file cannot be read, writing alone suffices.
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

  /// Writes the buffer to the descriptor.
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
        // Another process made the shared terminal or pipe non-blocking.
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      case EPIPE: throw fail(.closedPipe)
      case let code: throw fail(.failed("cannot write \(name): \(systemMessage(code))"))
      }
    }
    count = 0
  }

  /// Flushes, and syncs a regular file to the disk. Closes a file that was opened here.
  public func finish() throws(SinkError) {
    guard isOpen else { return }
    defer { isOpen = false }
    var problem: SinkError?
    do { try flush() } catch { problem = error }
    if problem == nil, isRegular, retrying({ fsync(descriptor) }) != 0 {
      let code = errno
      // Some file systems do not support fsync.
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

/// Outside the class, whose own `write` hides the system call.
private func writeSome(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

/// Truncates a regular file after its last newline; does nothing if that fails.
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
