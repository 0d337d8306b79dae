import Platform
import Records

/// Reads the records of files and of standard input, one after another.
public struct RecordFiles {
  private let paths: [RawPath]

  /// `paths` in their order; `-` is standard input.
  public init(_ paths: [RawPath]) { self.paths = paths }

  /// Whether every one is a file, and so can be read twice.
  public var areFiles: Bool {
    paths.allSatisfy { path in
      var status = stat()
      return LongPath.examine(path, &status) == 0 && LongPath.kind(status) == S_IFREG
    }
  }

  /// Calls `body` with each record and with its compact JSON. Throws if a file cannot be read, or at the first object
  /// that is no record.
  public func read(
    _ body: (StoredRecord, UnsafeBufferPointer<UInt8>) throws(SetupError) -> Void
  ) throws(SetupError) {
    for path in paths { try read(path, body) }
  }

  private func read(
    _ path: RawPath, _ body: (StoredRecord, UnsafeBufferPointer<UInt8>) throws(SetupError) -> Void
  ) throws(SetupError) {
    let isInput = path.bytes == Array("-".utf8)
    let name = isInput ? "standard input" : "\(path)"
    let descriptor = isInput ? STDIN_FILENO : retrying { path.withCString { open($0, O_RDONLY | O_CLOEXEC) } }
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
        if isFirst, bytes.starts(with: Self.byteOrderMark) { bytes = UnsafeRawBufferPointer(rebasing: bytes[3...]) }
        isFirst = false
        try bytes.withMemoryRebound(to: UInt8.self) { bytes in
          try objects.append(bytes) { json, line in
            let record: StoredRecord
            do throws(StoredRecord.Problem) { record = try StoredRecord(json) } catch {
              throw JSONObjects.Problem(line: line, text: "this is no record of imgrec: \(error)")
            }
            try body(record, json)
          }
        }
      }
      try objects.finish()
    } catch let error as JSONObjects.Problem {
      throw SetupError("\(name), line \(error.line): \(error.text)\n\(Self.advice)")
    } catch let error as SetupError { throw error } catch { throw SetupError("\(name): \(error)") }
  }

  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]
  private static let advice = "Records are written by imgrec scan -o records.jsonl, and by imgrec collect."
}
