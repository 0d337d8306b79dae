/// Changes in folders, as the system reports them (inotify). Each folder is watched on its own, without those in it.
///
/// One thread uses it. Where the system has no such reports, `init` returns nil.
public final class FolderEvents {
  /// What happened to an entry of a folder, or to the folder itself: the bits of `struct inotify_event`.
  public struct Change: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let attributes = Change(rawValue: 0x4)
    public static let closedAfterWriting = Change(rawValue: 0x8)
    public static let movedOut = Change(rawValue: 0x40)
    public static let movedIn = Change(rawValue: 0x80)
    public static let created = Change(rawValue: 0x100)
    public static let deleted = Change(rawValue: 0x200)
    /// The file system of the folder is no longer mounted.
    public static let unmounted = Change(rawValue: 0x2000)
    /// Reports were lost, of any folder.
    public static let lost = Change(rawValue: 0x4000)
    /// The folder is no longer watched.
    public static let ended = Change(rawValue: 0x8000)
    /// The entry is a folder.
    public static let isFolder = Change(rawValue: 0x4000_0000)
  }

  public struct Event: Sendable {
    /// Number of the watched folder; -1 if reports were lost.
    public var watch: Int32
    public var change: Change
    /// Name of the entry; empty if the folder itself is meant.
    public var name: [UInt8]

    public init(watch: Int32, change: Change, name: [UInt8] = []) {
      self.watch = watch
      self.change = change
      self.name = name
    }
  }

  /// The number of a watched folder, or the error number of the system.
  public enum Watch: Equatable, Sendable {
    case watched(Int32)
    case error(Int32)
  }

  /// Becomes readable when there are reports; never blocks.
  public let descriptor: Int32

  #if os(Linux)
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    /// The bytes of `struct inotify_event` before the name: watch, mask, cookie and length, of four bytes each.
    private static let headLength = 16
    private static let mask: Change = [
      .attributes, .closedAfterWriting, .movedOut, .movedIn, .created, .deleted,
    ]

    /// Returns nil, with `errno`, if the system has no more of these objects for this user.
    public init?() {
      descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
      if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Watches the folder behind an open descriptor. A folder that is watched already keeps its number.
    public func watch(folder: Int32) -> Watch {
      // By its descriptor: a path may lead to another folder by now, or be longer than the system accepts.
      let flags = Self.mask.rawValue | UInt32(IN_ONLYDIR)
      let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(folder)", flags)
      return watch < 0 ? .error(errno) : .watched(watch)
    }

    /// Ends a watch. Reports of it that are waiting may still be delivered.
    public func end(_ watch: Int32) { _ = inotify_rm_watch(descriptor, watch) }

    /// Delivers the reports that are waiting, up to 64 KiB of them; returns whether there were any.
    public func deliver(_ body: (Event) -> Void) -> Bool {
      let got = retrying { read(descriptor, &buffer, buffer.count) }
      guard got > 0 else { return false }
      buffer.withUnsafeBytes { bytes in
        var start = 0
        while start + Self.headLength <= got {
          let watch = bytes.loadUnaligned(fromByteOffset: start, as: Int32.self)
          let change = bytes.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self)
          let length = Int(bytes.loadUnaligned(fromByteOffset: start + 12, as: UInt32.self))
          let name = start + Self.headLength
          guard length <= got - name else { return }
          // Padded with NULs.
          body(
            Event(
              watch: watch, change: Change(rawValue: change),
              name: Array(bytes[name..<name + length].prefix { $0 != 0 })))
          start = name + length
        }
      }
      return true
    }
  #else
    public init?() { return nil }
    public func watch(folder: Int32) -> Watch { .error(ENOTSUP) }
    public func end(_ watch: Int32) {}
    public func deliver(_ body: (Event) -> Void) -> Bool { false }
  #endif

  /// Waits until there are reports, or for `seconds`.
  public func wait(seconds: Double) {
    var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&state, 1, Int32(max(0, min(seconds, 3600) * 1000).rounded(.up)))
  }

  /// The system's limits that a user can reach, by the error number of `watch` or `init`; nil for other errors.
  public static func limit(_ code: Int32) -> String? {
    switch code {
    case ENOSPC: "fs.inotify.max_user_watches"
    case EMFILE: "fs.inotify.max_user_instances"
    default: nil
    }
  }
}
