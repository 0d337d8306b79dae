/// Takes the records of a run, one at a time, from one worker.
public protocol Sink: AnyObject {
  /// Writes one record, perhaps into a buffer.
  func write(_ outcome: Outcome) throws(SinkError)
  /// Brings what was written to where it is kept.
  func flush() throws(SinkError)
  /// Ends the document, flushes and closes.
  func finish() throws(SinkError)
}

/// Why records cannot be written any more.
public enum SinkError: Error, Sendable {
  /// The reader of the pipe went away; the run ends quietly.
  case closedPipe
  /// Disk full, I/O error: the run cannot go on.
  case failed(String)
}
