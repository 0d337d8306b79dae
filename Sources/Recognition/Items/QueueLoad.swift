/// The numbers of a queue that change while it is worked on.
public struct QueueLoad: Sendable, Equatable {
  /// Items that no worker holds: not leased yet, or returned.
  public var waiting = 0
  /// Items that workers hold.
  public var held = 0
  /// Records that are not collected yet.
  public var done = 0
  /// Dead letters.
  public var dead = 0
  /// Totals since the queue was created.
  public var submitted = 0
  public var finished = 0
  public var collected = 0
  public var submitters = 0
  /// Seconds since the oldest item in the queue was submitted, by the clock of Redis; 0 without items.
  public var oldestAge = 0.0

  public init() {}
}
