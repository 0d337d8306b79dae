import Platform
import Recognition

/// Reads paths from a file descriptor, one per line or NUL-terminated, as they arrive, at most a block ahead.
///
/// The text is UTF-8 or bytes of any encoding, or UTF-16, as Windows' tools write it.
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

  /// Name of the list in records: `-` for standard input.
  let name: RawPath
  /// Whether the stream may also be an image or an archive: standard input.
  let mayBeData: Bool
  let stream: ByteStream
  private let separator: Separator
  /// Encoding and separator; nil until the first bytes are there.
  private var form: Form?
  private var decoder: UTF16Decoder?
  private var block = [UInt8](repeating: 0, count: ByteStream.blockSize)
  private var position = 0
  private var end = 0
  private var isAtEnd = false

  /// Reads standard input or another descriptor, which stays open.
  public init(descriptor: Int32 = STDIN_FILENO, separator: Separator = .newline) {
    stream = ByteStream(descriptor, ownsDescriptor: false)
    name = RawPath("-")
    mayBeData = true
    self.separator = separator
  }

  /// Opens a file that holds paths.
  public init(path: RawPath, separator: Separator = .newline) throws(SetupError) {
    switch LongPath.open(path, O_RDONLY | O_NOCTTY) {
    case .descriptor(let opened): stream = ByteStream(opened, ownsDescriptor: true)
    case .error(let code):
      throw SetupError(
        "cannot read the list \(path): \(systemMessage(code))\nName a file that exists, or '-' for standard input.")
    }
    name = path
    mayBeData = false
    self.separator = separator
  }

  /// Throws if the file is not a list: an image, or an archive. Looks at regular files only, as reading from others may
  /// wait.
  public func check(sniff: (UnsafeRawBufferPointer) -> ImageFormat?) throws(SetupError) {
    var status = stat()
    guard fstat(stream.descriptor, &status) == 0, LongPath.kind(status) == S_IFREG else { return }
    // What cannot be read is reported when the list's turn comes.
    guard let content = try? content(sniff: sniff), let problem = problem(content) else { return }
    throw SetupError("\(name) \(problem)")
  }

  /// Looks at the first bytes.
  func content(sniff: (UnsafeRawBufferPointer) -> ImageFormat?) throws(Failure) -> StreamContent {
    try stream.fill { StreamContent.needsMore($0, separator: separator) }
    return StreamContent(stream.ahead, separator: separator, sniff: sniff)
  }

  /// Returns why `content` is not what this list may hold, as the rest of a sentence; nil if it is.
  func problem(_ content: StreamContent) -> String? {
    switch content {
    case .paths: nil
    case .image: mayBeData ? nil : "is an image, not a list of paths; name it as an input"
    case .records: mayBeData ? nil : "is a TFRecord file, not a list of paths; name it as an input"
    case .archive: mayBeData ? nil : "is an archive, not a list of paths; name it as an input"
    case .other(let text): "is \(text)"
    }
  }

  /// Returns the next path that is not empty; nil at the end.
  func next() -> Entry? {
    var line: [UInt8] = []
    var length = 0
    while true {
      if position == end, !isAtEnd {
        do throws(Failure) { try refill() } catch { return .fault(name, error) }
      }
      let separator = form?.separator ?? separator
      let rest = block[position..<end]
      let found = rest.firstIndex(of: separator == .nul ? 0 : UInt8(ascii: "\n"))
      let part = rest[..<(found ?? end)]
      length += part.count
      // The beginning of an overlong line is enough to name it.
      line.append(contentsOf: part.prefix(max(0, Self.maxLength + 1 - line.count)))
      position = found.map { $0 + 1 } ?? end
      guard found != nil || (isAtEnd && position == end) else { continue }
      if separator == .newline, line.last == UInt8(ascii: "\r") { line.removeLast() }
      if length > Self.maxLength {
        let message = "a path of \(length) bytes; the limit is \(Self.maxLength)"
        return .fault(RawPath(line.prefix(256)), Failure(.walk, .nameTooLong, message))
      }
      if !line.isEmpty {
        // System calls end a path at a NUL, so that it would name another file.
        if line.contains(0) {
          return .fault(
            RawPath(line),
            Failure(.walk, .notFound, "a path cannot hold a NUL; is -0 missing, or is the list in UTF-16?"))
        }
        return .path(RawPath(line))
      }
      if found == nil { return nil }
      length = 0
    }
  }

  /// Reads the next block of text.
  private func refill() throws(Failure) {
    (position, end) = (0, 0)
    do throws(Failure) {
      if form == nil { try begin() }
      repeat {
        let got = try stream.copy(into: &block)
        isAtEnd = got == 0
        end = got
        if decoder != nil {
          // Characters that are cut at the end of a block wait for the next one.
          let text = decoder!.decode(block[..<got], isLast: isAtEnd)
          end = text.count
          if block.count < end { block += [UInt8](repeating: 0, count: end - block.count) }
          block.replaceSubrange(..<end, with: text)
        }
      } while end == 0 && !isAtEnd
    } catch {
      isAtEnd = true
      throw error
    }
  }

  private func begin() throws(Failure) {
    try stream.fill { StreamContent.needsMore($0, separator: separator) }
    let known = Form(stream.ahead, separator: separator) ?? Form(encoding: .bytes, mark: 0, separator: separator)
    form = known
    _ = stream.take(known.mark)
    switch known.encoding {
    case .bytes: break
    case .utf16LittleEndian: decoder = UTF16Decoder(isBigEndian: false)
    case .utf16BigEndian: decoder = UTF16Decoder(isBigEndian: true)
    }
  }
}
