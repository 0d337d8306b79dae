import Foundation
import Platform
import Recognition

/// Writes records into a file that may be replaced by the next: when the time changes its name, or when it is to be opened
/// again because another program has renamed it. No record is in two files, and no page of a file in another than the
/// first.
// Unchecked: the lock guards all that changes. Records come from one worker, `reopen` from a signal handler's queue.
public final class RotatedSink: Sink, @unchecked Sendable {
  /// Opens the file of this name for appending.
  public typealias Open = (RawPath) throws(SetupError) -> any Sink

  private let lock = NSLock()
  private let name: (Int) -> RawPath
  private let open: Open
  private var current: any Sink
  private var currentName: RawPath
  /// The second at which the name was looked at last.
  private var checkedAt = 0
  private var isFinished = false
  /// Whether pages of the last file are still to come, and whether the output is to be opened again after them.
  private var isInFile = false, isReopenDue = false

  /// `first` writes to the file `firstName`; `name` returns the name at a time, in seconds since 1970.
  public init(_ first: any Sink, firstName: RawPath, name: @escaping (Int) -> RawPath, open: @escaping Open) {
    current = first
    currentName = firstName
    self.name = name
    self.open = open
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    lock.lock()
    defer { lock.unlock() }
    let now = clockSeconds()
    if outcome.page?.index ?? 0 == 0, isReopenDue || now != checkedAt {
      checkedAt = now
      let due = name(now)
      if isReopenDue || due != currentName {
        isReopenDue = false
        try replace(by: due)
      }
    }
    isInFile = !(outcome.page?.isLast ?? true)
    try current.write(outcome)
  }

  public func flush() throws(SinkError) {
    lock.lock()
    defer { lock.unlock() }
    try current.flush()
  }

  public func finish() throws(SinkError) {
    lock.lock()
    defer { lock.unlock() }
    isFinished = true
    try current.finish()
  }

  /// Closes the file and opens its name again, which is another file if the first was renamed; between two pages of a
  /// file, with the next file. Returns why that failed: then the next record ends the run.
  public func reopen() -> String? {
    lock.lock()
    defer { lock.unlock() }
    guard !isFinished else { return nil }
    if isInFile {
      isReopenDue = true
      return nil
    }
    do throws(SinkError) { try replace(by: name(clockSeconds())) } catch {
      switch error {
      case .failed(let message): return message
      case .item(let failure): return failure.message
      case .closedPipe: return "the output is closed"
      }
    }
    return nil
  }

  private func replace(by due: RawPath) throws(SinkError) {
    // Its lock is free only when it is closed.
    try current.finish()
    do throws(SetupError) {
      current = try open(due)
      currentName = due
    } catch {
      current = FailedSink(error: .failed(error.description))
      throw .failed(error.description)
    }
  }
}

/// In place of a file that cannot be opened.
private final class FailedSink: Sink {
  let error: SinkError
  init(error: SinkError) { self.error = error }
  func write(_: Outcome) throws(SinkError) { throw error }
  func flush() throws(SinkError) {}
  func finish() throws(SinkError) {}
}
