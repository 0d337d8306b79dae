import NIOCore
import Platform
import Synchronization

/// The open connections, so that clients that do nothing cannot keep others out.
final class ConnectionTable: Sendable {
  private struct Entry {
    var channel: any Channel
    /// Monotonic seconds of the beginning, or of the last answer.
    var since: Double
    /// Whether a page is being made for it.
    var isBusy = false
  }

  private let entries = Mutex<[ObjectIdentifier: Entry]>([:])
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Adds a connection. At the limit, closes the one that has been idle longest, or this one if none is.
  func add(_ channel: any Channel) {
    let id = ObjectIdentifier(channel)
    let surplus: (any Channel)? = entries.withLock { entries in
      var surplus: (any Channel)?
      if entries.count >= limit {
        guard let idle = entries.filter({ !$0.value.isBusy }).min(by: { $0.value.since < $1.value.since }) else {
          return channel
        }
        surplus = idle.value.channel
        entries[idle.key] = nil
      }
      entries[id] = Entry(channel: channel, since: monotonicSeconds())
      return surplus
    }
    surplus?.close(promise: nil)
    channel.closeFuture.whenComplete { [weak self] _ in self?.entries.withLock { $0[id] = nil } }
  }

  func closeAll() {
    for entry in entries.withLock({ Array($0.values) }) { entry.channel.close(promise: nil) }
  }

  /// Marks a connection as busy, or as idle from now on.
  func mark(_ channel: any Channel, busy: Bool) {
    entries.withLock { entries in
      entries[ObjectIdentifier(channel)]?.isBusy = busy
      entries[ObjectIdentifier(channel)]?.since = monotonicSeconds()
    }
  }
}
