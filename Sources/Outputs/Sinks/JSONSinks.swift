import Recognition
import Records

/// JSON Lines: one record per line.
public final class JSONLinesSink: Sink {
  private let output: ByteOutput
  private var json = JSONWriter()

  public init(_ output: ByteOutput) { self.output = output }

  public func write(_ outcome: Outcome) throws(SinkError) {
    json.removeAll()
    RecordWriter.write(outcome, to: &json)
    try write(record: json.out.bytes)
  }

  /// Writes a record that is JSON already.
  public func write(record: [UInt8]) throws(SinkError) {
    try output.write(json: record)
    try output.write(newline)
  }

  public func flush() throws(SinkError) { try output.flush() }
  public func finish() throws(SinkError) { try output.finish() }
}

/// One JSON array of all records, complete also after an interrupted run, as `finish` closes it.
public final class JSONDocumentSink: Sink {
  private let output: ByteOutput
  private var json = JSONWriter()
  private var isEmpty = true
  private var isFinished = false

  public init(_ output: ByteOutput) { self.output = output }

  public func write(_ outcome: Outcome) throws(SinkError) {
    json.removeAll()
    RecordWriter.write(outcome, to: &json)
    try write(record: json.out.bytes)
  }

  /// Writes a record that is JSON already.
  public func write(record: [UInt8]) throws(SinkError) {
    try output.write(Array((isEmpty ? "[\n" : ",\n").utf8))
    isEmpty = false
    try output.write(json: record)
  }

  public func flush() throws(SinkError) { try output.flush() }

  public func finish() throws(SinkError) {
    guard !isFinished else { return }
    isFinished = true
    try output.write(Array((isEmpty ? "[]\n" : "\n]\n").utf8))
    try output.finish()
  }
}

private let newline: [UInt8] = [UInt8(ascii: "\n")]
