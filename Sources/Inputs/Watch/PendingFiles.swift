import DequeModule
import Platform

/// Files that changed a moment ago, until nothing has changed them for the settling time. Bounded: of more files than
/// `limit` it takes none, and a walk finds them later.
struct PendingFiles {
  struct Entry {
    /// When it is due, in seconds of the monotonic clock.
    var due: Double
    /// The hash of its state at the last look; nil before the first.
    var state: UInt64?
    /// Number of its place in the order; nil while it is being looked at.
    var place: Int?
  }

  private struct Place {
    var number: Int
    var path: RawPath
    /// When it was due as it came into this place; it may be due later by now.
    var due: Double
  }

  /// Seconds.
  let settle: Double
  let limit: Int
  private var entries: [RawPath: Entry] = [:]
  private var order = Deque<Place>()
  private var placeCount = 0

  init(settle: Double, limit: Int = 65_536) {
    self.settle = settle
    self.limit = limit
  }

  var count: Int { entries.count }

  /// When the next file may be due; nil without any.
  var nextDue: Double? { order.first?.due }

  subscript(path: RawPath) -> Entry? { entries[path] }

  /// Notes that a file changed at `now`, or that it was in this state then. Returns false if there is no room.
  mutating func arm(_ path: RawPath, now: Double, state: UInt64? = nil) -> Bool {
    // Files that are removed leave their places in the order.
    guard entries[path] != nil || (entries.count < limit && order.count < 2 * limit) else { return false }
    let place = entries[path]?.place ?? append(path, due: now + settle)
    entries[path] = Entry(due: now + settle, state: state, place: place)
    return true
  }

  /// Forgets a file; its place is passed over later.
  mutating func remove(_ path: RawPath) { entries[path] = nil }

  /// Forgets a file that was taken out and not armed again.
  mutating func removeTaken(_ path: RawPath) {
    if let entry = entries[path], entry.place == nil { entries[path] = nil }
  }

  /// Takes out files that are due: the first, and those behind it for which `alike` holds, at most `most`.
  mutating func takeDue(now: Double, most: Int, alike: (RawPath, RawPath) -> Bool) -> [RawPath] {
    var found: [RawPath] = []
    while found.count < most, let first = order.first, first.due <= now {
      let entry = entries[first.path]
      if let entry, entry.place == first.number, entry.due <= now {
        if let other = found.first, !alike(other, first.path) { break }
        entries[first.path]?.place = nil
        found.append(first.path)
      } else if let entry, entry.place == first.number {
        let place = append(first.path, due: entry.due)
        entries[first.path]?.place = place
      }
      order.removeFirst()
    }
    return found
  }

  private mutating func append(_ path: RawPath, due: Double) -> Int {
    placeCount += 1
    order.append(Place(number: placeCount, path: path, due: due))
    return placeCount
  }
}
