import Platform
import Recognition
import Records

/// Writes the vectors of `embed` to a NumPy file beside the records, which then hold the row instead of the values.
///
/// The file is an array of little-endian float32, one row per image that has a vector, in the order of the records
/// (numpy.lib.format, version 1.0). Its header is rewritten with each flush, so that the number of rows is always
/// right.
public final class NumPySink: Sink {
  private let next: any Sink
  private let name: String
  private let file: UnsafeMutablePointer<FILE>
  private var isOpen = true
  private var dimension = 0
  private var rows = 0

  /// Length of the header: a multiple of 64, as NumPy requires, enough for any number of rows.
  private static let headerLength = 128

  /// Records are forwarded to `next`. Throws if `path` cannot be written or is not a file.
  public init(path: String, next: any Sink) throws(SetupError) {
    guard let opened = fopen(path, "wbe") else { throw SetupError("cannot write \(path): \(systemMessage(errno))") }
    guard lseek(fileno(opened), 0, SEEK_CUR) >= 0 else {
      fclose(opened)
      throw SetupError("cannot write \(path): a NumPy file is written from its beginning again, a pipe cannot be")
    }
    file = opened
    name = path
    self.next = next
    _ = writeHeader()
  }

  deinit { if isOpen { fclose(file) } }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard case .success(var answers) = outcome.result,
      let index = answers.firstIndex(where: { $0.task.findingsKind == .embedding }),
      let vector = Self.vector(of: answers[index]), !vector.isEmpty
    else { return try next.write(outcome) }
    if rows == 0 { dimension = vector.count }
    guard vector.count == dimension else {
      throw .failed("\(name): a vector of \(vector.count) numbers after those of \(dimension)")
    }
    let bytes = vector.littleEndianBytes
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw failure() }
    var json = JSONWriter()
    json.beginObject()
    json.key("dim")
    json.number(vector.count)
    json.key("file")
    json.string(name)
    json.key("row")
    json.number(rows)
    json.endObject()
    answers[index].stored = json.out.bytes
    rows += 1
    var written = outcome
    written.result = .success(answers)
    try next.write(written)
  }

  public func flush() throws(SinkError) {
    try syncHeader()
    try next.flush()
  }

  public func finish() throws(SinkError) {
    if isOpen {
      try syncHeader()
      isOpen = false
      guard fclose(file) == 0 else { throw failure() }
    }
    try next.finish()
  }

  private func syncHeader() throws(SinkError) {
    guard isOpen else { return }
    guard writeHeader(), fseek(file, 0, SEEK_END) == 0, fflush(file) == 0 else { throw failure() }
  }

  private func failure() -> SinkError { .failed("cannot write \(name): \(systemMessage(errno))") }

  private func writeHeader() -> Bool {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(dimension)), }"
    let length = Self.headerLength - 10
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
    bytes += Array(text.utf8)
    bytes += [UInt8](repeating: UInt8(ascii: " "), count: Self.headerLength - 1 - bytes.count) + [UInt8(ascii: "\n")]
    return fseek(file, 0, SEEK_SET) == 0 && fwrite(bytes, 1, bytes.count, file) == bytes.count
      && fseek(file, 0, SEEK_END) == 0
  }

  /// The vector of an answer, cached or not.
  private static func vector(of answer: Answer) -> [Float]? {
    guard let stored = answer.stored else {
      if case .embedding(let vector) = answer.findings { return vector }
      return nil
    }
    let text = stored.withUnsafeBufferPointer { bytes -> String? in
      var json = JSONReader(bytes)
      guard json.take("{\"dim\":"), json.int() != nil, json.take(",\"values\":") else { return nil }
      return json.string()
    }
    return text.flatMap(Base64.decode).flatMap([Float].init(littleEndianBytes:))
  }
}
