import Platform
import Recognition
import Records

/// What a resumed run needs of an earlier record.
struct RecordHead {
  /// The exact path.
  var path: [UInt8]
  /// The page that it is the record of; nil: of the file.
  var page: Page?
  var isOK: Bool
  /// Length, digest and number of pages of the file as it was read.
  var facts = ImageFacts()

  /// Reads the beginning of a record, whose keys have a fixed order; nil if it is none.
  init?(_ line: UnsafeBufferPointer<UInt8>) {
    var record = JSONReader(line)
    guard record.take("{\"schema\":\"imgrec/1\",\"path\":"), let text = record.string() else { return nil }
    path = Array(text.utf8)
    if record.take(",\"path_bytes\":") {
      guard let bytes = record.string().flatMap(Base64.decode) else { return nil }
      path = bytes
    }
    var page: Int?
    if record.take(",\"page\":") {
      guard let number = record.int(), number > 0 else { return nil }
      page = number
    }
    if record.take(",\"pages\":") {
      guard let count = record.int(), count >= page ?? 1 else { return nil }
      facts.pages = count
      self.page = page.map { Page($0, of: count) }
    }
    guard record.take(",\"status\":"), let status = record.string(), status == "ok" || status == "error" else {
      return nil
    }
    isOK = status == "ok"
    if record.take(",\"digest\":\"sha256:") {
      guard let digest = Self.digest(&record) else { return nil }
      facts.digest = digest
    }
    if record.take(",\"bytes\":") { facts.bytes = record.int() }
  }

  /// The option by which the record was made; nil if it shows none.
  var pageSelection: PageSelection? { facts.pages.map { _ in page == nil ? .first : .all } }

  /// Reads 64 hexadecimal digits and the quote after them.
  private static func digest(_ record: inout JSONReader) -> [UInt8]? {
    guard let digits = record.take(64), record.take("\"") else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var high: UInt8?
    for digit in digits {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x61...0x66: value = digit - 0x61 + 10
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}

/// The records of a file that a run continues.
enum RecordLines {
  private static let beginning = Array(OutputKind.recordHead.utf8)

  /// Whether a file with these first bytes may hold records: none, or a record, which may be unfinished.
  static func canBegin(_ head: [UInt8]) -> Bool {
    guard head.firstIndex(of: newline) == nil else { return head.starts(with: beginning) }
    return isUnfinished(head)
  }

  /// Whether a line without an end is the beginning of a record. After a power failure a file may end with zeros.
  static func isUnfinished(_ line: some BidirectionalCollection<UInt8>) -> Bool {
    var bytes = line[...]
    while bytes.last == 0 { bytes.removeLast() }
    return bytes.count < beginning.count ? beginning.starts(with: bytes) : bytes.starts(with: beginning)
  }

  /// Calls `body` with each complete record and its offset; returns the number of bytes of all of them.
  ///
  /// Throws if a line is no record, if the unfinished last line does not begin like one, or what `body` returns.
  static func forEach(
    in file: OutputFile, _ body: (_ offset: Int, RecordHead, UnsafeBufferPointer<UInt8>) -> String?
  ) throws(SetupError) -> Int {
    let lines = LineReader(file)
    var (offset, number) = (0, 0)
    while true {
      number += 1
      let step: Step? = try lines.read(at: offset) { line, isComplete in
        guard isComplete else {
          return isUnfinished(line) ? .end : .problem("line \(number) is not a record of imgrec scan")
        }
        var whole = JSONReader(line)
        guard whole.skip(), whole.isAtEnd, let head = RecordHead(line) else {
          return .problem("line \(number) is not a record of imgrec scan")
        }
        if let problem = body(offset, head, line) { return .problem("record \(number) \(problem)") }
        return .record(line.count + 1)
      }
      switch step {
      case nil, .end: return offset
      case .record(let length): offset += length
      case .problem(let problem): throw SetupError("\(file.path): \(problem); the file is left as it was")
      }
    }
  }

  private enum Step {
    case record(Int)
    case end
    case problem(String)
  }
}

private let newline = UInt8(ascii: "\n")
