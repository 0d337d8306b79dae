import Outputs
import Platform
import Queue
import Recognition
import Records

/// One output of the records that are collected.
struct CollectedOutput {
  /// How a record is written.
  private enum Form {
    /// As it is in the queue.
    case lines(JSONLinesSink)
    case document(JSONDocumentSink)
    /// In columns, for which it has to be read.
    case columns(any Sink)
  }

  /// nil for standard output.
  let file: OutputFile?
  private let bytes: ByteOutput
  private let form: Form

  /// Writes to a file, after its first `end` bytes, or to standard output. `format` is one that an ending of a file name
  /// chooses; `hasExif` if the records have what files state.
  init(_ file: OutputFile?, _ format: OutputFormat = .jsonl, hasExif: Bool = false, after end: Int = 0)
    throws(SetupError)
  {
    self.file = file
    bytes = file.map { ByteOutput($0, after: end) } ?? ByteOutput()
    switch format {
    case .jsonl: form = .lines(JSONLinesSink(bytes))
    case .json: form = .document(JSONDocumentSink(bytes))
    case .csv, .table, .paths, .text, .hocr, .coco, .yolo, .voc:
      var context = SinkContext(output: bytes, hasExif: hasExif)
      context.version = Imgrec.version
      form = .columns(try format.makeSink(context))
    }
  }

  /// Whether a record has to be read to be written.
  var needsOutcome: Bool {
    if case .columns = form { true } else { false }
  }

  func begin() throws(SetupError) { try bytes.begin() }

  /// Writes a record; `outcome` is what it reports, if it could be read.
  func write(_ record: [UInt8], _ outcome: Outcome?) throws(SinkError) {
    switch form {
    case .lines(let sink): try sink.write(record: record)
    case .document(let sink): try sink.write(record: record)
    case .columns(let sink): if let outcome { try sink.write(outcome) }
    }
  }

  func flush() throws(SinkError) { try sink.flush() }
  func finish() throws(SinkError) { try sink.finish() }

  private var sink: any Sink {
    switch form {
    case .lines(let sink): sink
    case .document(let sink): sink
    case .columns(let sink): sink
    }
  }
}

/// All outputs of the records that are collected.
struct CollectedOutputs {
  private var outputs: [CollectedOutput]
  private let needsOutcome: Bool
  private var count = 0
  /// Number of records that cannot be written in columns, as they are not those of this version.
  private(set) var unread = 0

  init(_ outputs: [CollectedOutput]) {
    self.outputs = outputs
    needsOutcome = outputs.contains(where: \.needsOutcome)
  }

  func begin() throws(SetupError) {
    for output in outputs { try output.begin() }
  }

  mutating func write(_ record: [UInt8]) throws(SinkError) {
    var outcome: Outcome?
    if needsOutcome {
      outcome = record.withUnsafeBufferPointer { try? StoredRecord($0) }.map { Outcome($0, index: count) }
      if outcome == nil {
        guard outputs.contains(where: { !$0.needsOutcome }) else {
          throw .failed(
            "a record of another version cannot be written in columns\nAdd a file that holds it: -o all.jsonl")
        }
        unread += 1
      }
    }
    count += 1
    try each { output throws(SinkError) in try output.write(record, outcome) }
  }

  mutating func flush() throws(SinkError) {
    try each { output throws(SinkError) in try output.flush() }
  }

  mutating func finish() throws(SinkError) {
    try each { output throws(SinkError) in try output.finish() }
  }

  /// Calls `body` for each output. Files are continued if the reader of standard output closed its pipe.
  private mutating func each(_ body: (CollectedOutput) throws(SinkError) -> Void) throws(SinkError) {
    for index in outputs.indices.reversed() {
      do throws(SinkError) { try body(outputs[index]) } catch {
        guard case .closedPipe = error, outputs.count > 1 else { throw error }
        outputs.remove(at: index)
      }
    }
  }
}
