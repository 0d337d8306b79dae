/// Writes the records of a run, one at a time, from one worker.
public protocol Sink: AnyObject {
  /// Writes one record; it may be buffered.
  func write(_ outcome: Outcome) throws(SinkError)
  /// Notes that an item ends without a record.
  func drop(_ index: Int)
  /// Flushes buffered records.
  func flush() throws(SinkError)
  /// Ends the document, flushes and closes.
  func finish() throws(SinkError)
}

extension Sink {
  /// For sinks that only write.
  public func drop(_: Int) {}
}

/// Why records can no longer be written.
public enum SinkError: Error, Sendable {
  /// The file of this input alone cannot be written; the run continues.
  case item(Failure)
  /// The reader closed the pipe; the run ends quietly.
  case closedPipe
  /// Disk full or I/O error: the run cannot continue.
  case failed(String)
}
