import Platform
import Recognition

/// How folders are watched.
public struct WatchSettings: Sendable {
  /// Seconds for which a file must not change before it is read.
  public var settle = 2.0
  /// Seconds between walks over all folders; nil: only where the system does not report changes, each `usualInterval`.
  public var interval: Double?
  /// Leaves out what was last changed before this time, in nanoseconds since 1970, and has no record; nil: nothing.
  public var newSince: Int64?
  /// Number of folders that are watched before the others are walked; nil: as many as the system permits.
  public var maxWatches: Int?
  /// Number of files that may wait for their settling time.
  public var maxPending = 65_536

  public static let usualInterval = 10.0

  public init() {}
}

/// What a watch reports to its user.
public enum WatchNotice: Sendable, Equatable {
  /// All folders are watched, and what is in them is being read.
  case started(folders: Int)
  /// Changes were faster than they could be taken; the folders are walked.
  case lost
  /// The folder that was named is not there; it is waited for.
  case gone(RawPath)
  case returned(RawPath)
  /// The system does not report the changes in this folder, by the kind of its file system; it is walked.
  case remote(RawPath, kind: String)
  /// A limit of the system is reached, or it refused for the reason: folders are walked.
  case unwatched(RawPath, limit: String?, reason: String)
}
