import Platform
import Records

/// Reads the records of files and of standard input, one after another.
public struct RecordFiles {
  public let paths: [RawPath]
  /// Standard input in a form that can be read again.
  private var input: RepeatableInput?

  /// `paths` in their order; `-` is standard input.
  public init(_ paths: [RawPath]) { self.paths = paths }

  /// Whether every one is a file, and so can be read twice.
  public var areFiles: Bool {
    paths.allSatisfy { path in
      var status = stat()
      return LongPath.examine(path, &status) == 0 && LongPath.kind(status) == S_IFREG
    }
  }

  /// The same records, which can be read several times: what standard input delivers is copied into a temporary file.
  public func repeatable() throws(SetupError) -> RecordFiles {
    var files = self
    if paths.contains(where: Self.isStandardInput) { files.input = try RepeatableInput() }
    return files
  }

  /// Calls `body` with each record and with its compact JSON. Throws if a file cannot be read, or at the first object
  /// that is no record.
  public func read(
    _ body: (StoredRecord, UnsafeBufferPointer<UInt8>) throws(SetupError) -> Void
  ) throws(SetupError) {
    try read(as: { bytes throws(StoredRecord.Problem) in try StoredRecord(bytes) }, body)
  }

  /// The same for another view of records, which `parse` makes of compact JSON.
  public func read<Record>(
    as parse: (UnsafeBufferPointer<UInt8>) throws(StoredRecord.Problem) -> Record,
    _ body: (Record, UnsafeBufferPointer<UInt8>) throws(SetupError) -> Void
  ) throws(SetupError) {
    for path in paths {
      let copy = Self.isStandardInput(path) ? try input?.rewound() : nil
      try Self.readObjects(of: path, copy, advice: Self.advice) { json, line throws(SetupError) in
        let record: Record
        do throws(StoredRecord.Problem) { record = try parse(json) } catch {
          return "this is no record of imgrec: \(error)"
        }
        try body(record, json)
        return nil
      }
    }
  }

  /// Calls `body` with each JSON object of a file, compact, and with its line. Throws if the file cannot be read, and with
  /// `advice` at the first object for which `body` returns a problem.
  public static func readObjects(
    of path: RawPath, advice: String,
    _ body: (UnsafeBufferPointer<UInt8>, _ line: Int) throws(SetupError) -> String?
  ) throws(SetupError) {
    try readObjects(of: path, nil, advice: advice, body)
  }

  private static func isStandardInput(_ path: RawPath) -> Bool { path.bytes == Array("-".utf8) }

  /// `copy` is a descriptor of what standard input delivered.
  private static func readObjects(
    of path: RawPath, _ copy: Int32?, advice: String,
    _ body: (UnsafeBufferPointer<UInt8>, _ line: Int) throws(SetupError) -> String?
  ) throws(SetupError) {
    let isInput = isStandardInput(path)
    let name = isInput ? "standard input" : "\(path)"
    let descriptor =
      isInput ? copy ?? STDIN_FILENO : retrying { path.withCString { open($0, O_RDONLY | O_CLOEXEC) } }
    guard descriptor >= 0 else { throw SetupError("\(name): \(systemMessage())") }
    defer { if !isInput { close(descriptor) } }
    var objects = JSONObjects()
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { block.deallocate() }
    var isFirst = true
    do {
      while true {
        let count = retrying { Platform.read(descriptor, block.baseAddress, block.count) }
        guard count >= 0 else { throw SetupError("\(name): \(systemMessage())") }
        if count == 0 { break }
        var bytes = UnsafeRawBufferPointer(rebasing: block[..<count])
        if isFirst, bytes.starts(with: byteOrderMark) { bytes = UnsafeRawBufferPointer(rebasing: bytes[3...]) }
        isFirst = false
        try bytes.withMemoryRebound(to: UInt8.self) { bytes in
          try objects.append(bytes) { json, line in
            if let problem = try body(json, line) { throw JSONObjects.Problem(line: line, text: problem) }
          }
        }
      }
      try objects.finish()
    } catch let error as JSONObjects.Problem {
      throw SetupError("\(name), line \(error.line): \(error.text)\n\(advice)")
    } catch let error as SetupError { throw error } catch { throw SetupError("\(name): \(error)") }
  }

  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
  private static let advice = "Records are written by imgrec scan -o records.jsonl, and by imgrec collect."
}
