import Platform
import Recognition
import Records

/// Writes the vectors of `embed` to a NumPy file beside the records, which then hold the row instead of the values.
///
/// The file is an array of little-endian float32, one row per image that has a vector, in the order of the records
/// (numpy.lib.format, version 1.0). A row is written, and then counted in the header, before its record is passed on: a
/// run that is killed leaves a valid array, and no record of a row that is not there.
public final class NumPySink: Sink {
  private let next: any Sink
  private let file: OutputFile
  private let name: String
  private var isOpen = true
  private var dimension = 0
  private var rows = 0

  /// Length of the header: a multiple of 64, as NumPy requires, enough for any number of rows.
  private static let headerLength = 128

  /// Records are forwarded to `next`. Throws if `file` cannot be written, or is a pipe or device.
  public init(_ file: OutputFile, next: any Sink) throws(SetupError) {
    self.file = file
    name = file.path.description
    self.next = next
    guard file.isRegular else {
      throw SetupError("cannot write \(name): a NumPy file is written from its beginning again, a pipe cannot be")
    }
    try file.begin()
    let code = writeHeader()
    guard code == 0 else { throw OutputFile.problem(file.path, code) }
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard case .success(var answers) = outcome.result,
      let index = answers.firstIndex(where: { $0.task.findingsKind == .embedding }),
      let vector = Self.vector(of: answers[index]), !vector.isEmpty
    else { return try next.write(outcome) }
    if rows == 0 { dimension = vector.count }
    guard vector.count == dimension else {
      throw .failed("\(name): a vector of \(vector.count) numbers after those of \(dimension)")
    }
    try append(vector.littleEndianBytes)
    var json = JSONWriter()
    json.beginObject()
    json.key("dim")
    json.number(vector.count)
    json.key("file")
    json.string(name)
    json.key("row")
    json.number(rows - 1)
    json.endObject()
    answers[index].stored = json.out.bytes
    var written = outcome
    written.result = .success(answers)
    try next.write(written)
  }

  public func flush() throws(SinkError) { try next.flush() }

  public func finish() throws(SinkError) {
    if isOpen {
      isOpen = false
      if retrying({ fsync(file.descriptor) }) != 0, errno != EINVAL, errno != ENOTSUP, errno != EROFS {
        throw failure(errno)
      }
      let code = file.close()
      guard code == 0 else { throw failure(code) }
    }
    try next.finish()
  }

  /// Writes a row and counts it. A row that does not fit on the disk is removed again.
  private func append(_ bytes: [UInt8]) throws(SinkError) {
    let end = Self.headerLength + rows * bytes.count
    var code = put(bytes, at: end)
    if code == 0 {
      rows += 1
      code = writeHeader()
      if code != 0 { rows -= 1 }
    }
    guard code != 0 else { return }
    _ = ftruncate(file.descriptor, off_t(end))
    throw failure(code)
  }

  private func failure(_ code: Int32) -> SinkError { .failed(OutputFile.problem(file.path, code).description) }

  /// Returns 0 or the error number.
  private func writeHeader() -> Int32 {
    put(NumPyHeader.bytes(type: "<f4", shape: [rows, dimension], length: Self.headerLength), at: 0)
  }

  private func put(_ bytes: [UInt8], at offset: Int) -> Int32 {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let written = retrying {
          pwrite(file.descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
        }
        guard written >= 0 else { return errno }
        done += written
      }
      return 0
    }
  }

  /// The vector of an answer, cached or not.
  private static func vector(of answer: Answer) -> [Float]? {
    guard let stored = answer.stored else {
      if case .embedding(let vector) = answer.findings { return vector }
      return nil
    }
    return FindingsReader.vector(stored)
  }
}
