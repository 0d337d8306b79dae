import Platform
import Recognition

/// Reports to a watch what became of its items, and forwards all outcomes.
public final class WatchSink: Sink {
  private let next: any Sink
  private let watch: FolderWatch

  public init(_ next: any Sink, watch: FolderWatch) {
    self.next = next
    self.watch = watch
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    try next.write(outcome)
    // A file has a record when all of its pages have one.
    guard outcome.page?.isLast ?? true else { return }
    watch.end(outcome.index, digest: outcome.facts.digest, failure: outcome.failure?.code)
  }

  public func drop(_ index: Int) { watch.drop(index) }
  public func flush() throws(SinkError) { try next.flush() }
  public func finish() throws(SinkError) { try next.finish() }
}

extension Item {
  /// Whether its file is in the state in which it settled; true for items of which none is known.
  public var isAsSettled: Bool {
    guard let settled, let file else { return true }
    return FileStamp(path: file)?.hasSameBytes(as: settled) ?? false
  }
}
