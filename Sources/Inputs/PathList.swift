import Platform
import Recognition

/// Reads paths from a file descriptor, one per line or NUL-terminated, as they arrive, at most a block ahead.
public final class PathList {
  public enum Separator: Sendable {
    /// A line end, with or without a carriage return before it.
    case newline
    case nul
  }

  /// A path, or the reason why the list has none at that point.
  enum Entry {
    case path(RawPath)
    case fault(RawPath, Failure)
  }

  /// Longer lines are faults.
  public static let maxLength = 64 * 1024

  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private let name: RawPath
  private let separator: UInt8
  private var block = [UInt8](repeating: 0, count: 64 * 1024)
  private var position = 0
  private var end = 0
  private var isAtEnd = false

  /// Reads standard input or another descriptor, which stays open.
  public init(descriptor: Int32 = STDIN_FILENO, separator: Separator = .newline) {
    self.descriptor = descriptor
    ownsDescriptor = false
    name = RawPath("-")
    self.separator = separator == .nul ? 0 : UInt8(ascii: "\n")
  }

  /// Opens a file that holds paths.
  public init(path: RawPath, separator: Separator = .newline) throws(SetupError) {
    switch LongPath.open(path, O_RDONLY | O_NOCTTY) {
    case .descriptor(let opened): descriptor = opened
    case .error(let code): throw SetupError("cannot read \(path): \(systemMessage(code))")
    }
    ownsDescriptor = true
    name = path
    self.separator = separator == .nul ? 0 : UInt8(ascii: "\n")
  }

  deinit { if ownsDescriptor { close(descriptor) } }

  /// Returns the next path that is not empty; nil at the end.
  func next() -> Entry? {
    var line: [UInt8] = []
    var length = 0
    while true {
      if position == end, !isAtEnd {
        if let failure = refill() { return .fault(name, failure) }
      }
      let rest = block[position..<end]
      let found = rest.firstIndex(of: separator)
      let part = rest[..<(found ?? end)]
      length += part.count
      // The beginning of an overlong line is enough to name it.
      line.append(contentsOf: part.prefix(max(0, Self.maxLength + 1 - line.count)))
      position = found.map { $0 + 1 } ?? end
      guard found != nil || (isAtEnd && position == end) else { continue }
      if separator != 0, line.last == UInt8(ascii: "\r") { line.removeLast() }
      if length > Self.maxLength {
        let message = "a path of \(length) bytes; the limit is \(Self.maxLength)"
        return .fault(RawPath(line.prefix(256)), Failure(.walk, .nameTooLong, message))
      }
      if !line.isEmpty {
        // System calls end a path at a NUL, so that it would name another file.
        if line.contains(0) {
          return .fault(RawPath(line), Failure(.walk, .notFound, "a path cannot hold a NUL; is -0 missing?"))
        }
        return .path(RawPath(line))
      }
      if found == nil { return nil }
      length = 0
    }
  }

  /// Reads the next block; waits if the descriptor is non-blocking.
  private func refill() -> Failure? {
    position = 0
    end = 0
    while true {
      let got = retrying { read(descriptor, &block, block.count) }
      if got > 0 {
        end = got
        return nil
      }
      if got < 0, errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&wait, 1, -1)
        continue
      }
      isAtEnd = true
      return got < 0 ? Failure(.walk, errno: errno) : nil
    }
  }
}
