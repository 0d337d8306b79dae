import Platform
import Recognition

/// A buffered file descriptor for records.
///
/// SIGPIPE must be ignored by the process, so that a closed pipe is an error and does not end it. After the first error
/// every call throws it again, and nothing more is written.
public final class ByteOutput {
  /// Whether it is a terminal.
  public let isTerminal: Bool
  /// Whether a reader may wait at the other end (pipe, socket, terminal): then it is flushed whenever the queue is empty.
  public let isLive: Bool
  /// Whether the file was empty when opened; only then it gets a header.
  public let startsEmpty: Bool
  /// Offset in a file of the next byte that is written; for standard output, the number of bytes written.
  public private(set) var position: Int

  private let descriptor: Int32
  /// nil for a descriptor that stays open.
  private let file: OutputFile?
  private let start: Int
  private let isRegular: Bool
  private let name: String
  private let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  private var count = 0
  private var broken: SinkError?
  private var hasBegun = false
  private var isOpen = true

  private static let capacity = 64 * 1024

  /// Writes to a descriptor that stays open: standard output.
  public convenience init(descriptor: Int32 = STDOUT_FILENO) {
    self.init(descriptor: descriptor, file: nil, start: 0, name: descriptor == 1 ? "standard output" : "output")
  }

  /// Writes to a file after its first `end` bytes; those that follow are removed by `begin`.
  public convenience init(_ file: OutputFile, after end: Int = 0) {
    self.init(descriptor: file.descriptor, file: file, start: end, name: file.path.description)
  }

  private init(descriptor: Int32, file: OutputFile?, start: Int, name: String) {
    self.descriptor = descriptor
    self.file = file
    self.start = start
    self.name = name
    position = start
    var status = stat()
    let known = fstat(descriptor, &status) == 0
    isRegular = known && status.st_mode & S_IFMT == S_IFREG
    isTerminal = isatty(descriptor) == 1
    isLive = !isRegular
    startsEmpty = file == nil ? !(isRegular && status.st_size > 0) : start == 0
  }

  deinit {
    buffer.deallocate()
  }

  /// Removes what a file holds and does not keep. Called when nothing can prevent the run any more; the first flush does
  /// it otherwise.
  public func begin() throws(SetupError) {
    guard let file, !hasBegun else { return }
    hasBegun = true
    try file.resume(at: start)
  }

  public func write(_ bytes: [UInt8]) throws(SinkError) {
    var done = 0
    while done < bytes.count {
      if count == Self.capacity { try flush() }
      let part = min(Self.capacity - count, bytes.count - done)
      bytes.withUnsafeBytes { buffer.advanced(by: count).copyMemory(from: $0.baseAddress! + done, byteCount: part) }
      count += part
      done += part
      position += part
    }
    if let broken { throw broken }
  }

  /// Writes JSON; on a terminal, control characters in it are escaped.
  public func write(json bytes: [UInt8]) throws(SinkError) {
    try write(isTerminal ? Array(TerminalText.escapedJSON(String(decoding: bytes, as: UTF8.self)).utf8) : bytes)
  }

  /// Writes lines of text; on a terminal, control characters in them are escaped.
  public func write(text bytes: [UInt8]) throws(SinkError) {
    try write(isTerminal ? Array(TerminalText.escapedLines(String(decoding: bytes, as: UTF8.self)).utf8) : bytes)
  }

  /// Writes an exact path; on a terminal, where no program reads it, escaped unless it ends with NUL.
  public func write(_ path: RawPath, terminator: UInt8 = UInt8(ascii: "\n")) throws(SinkError) {
    let isShown = isTerminal && terminator != 0
    try write((isShown ? Array(TerminalText.escaped(path.description).utf8) : path.bytes) + [terminator])
  }

  /// Writes the buffer to the descriptor.
  public func flush() throws(SinkError) {
    if let broken { throw broken }
    do throws(SetupError) { try begin() } catch { throw fail(.failed(error.description)) }
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
      case let code: throw fail(code)
      }
    }
    count = 0
  }

  /// Flushes, and syncs a regular file to the disk. Closes a file, unless it stays open.
  public func finish() throws(SinkError) {
    guard isOpen else { return }
    isOpen = false
    defer { if let file, !file.staysOpen { _ = file.close() } }
    try flush()
    if isRegular, retrying({ fsync(descriptor) }) != 0 {
      let code = errno
      // Some file systems do not support fsync.
      if code != EINVAL, code != ENOTSUP, code != EROFS { throw fail(code) }
    }
    guard let file, !file.staysOpen else { return }
    let code = file.close()
    guard code == 0 else { throw fail(.failed(OutputFile.problem(RawPath(name), code).description)) }
  }

  /// A record that is written in part is removed from a file, so that every line of it is whole.
  private func fail(_ code: Int32) -> SinkError {
    if isRegular, let file {
      cutUnfinishedLine(descriptor, after: start)
      file.removeIfUnused()
    }
    return fail(.failed(OutputFile.problem(RawPath(name), code).description))
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

/// Truncates a file after its last newline, or to its first `start` bytes; does nothing if that fails.
private func cutUnfinishedLine(_ descriptor: Int32, after start: Int) {
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { return }
  var end = Int(status.st_size)
  var block = [UInt8](repeating: 0, count: 64 * 1024)
  while end > start {
    let from = max(start, end - block.count)
    let read = pread(descriptor, &block, end - from, off_t(from))
    guard read == end - from else { return }
    if let newline = block[..<read].lastIndex(of: UInt8(ascii: "\n")) {
      end = from + newline + 1
      break
    }
    end = from
  }
  if end < Int(status.st_size) { _ = ftruncate(descriptor, off_t(end)) }
}
