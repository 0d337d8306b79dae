import Platform

/// Selection of inputs in folders and containers.
public struct WalkOptions: Sendable {
  /// Files must match one of these; empty: all files.
  public var include: [Glob] = []
  /// Files and folders that match one of these are skipped.
  public var exclude: [Glob] = []
  /// Folders that are passed over: those that the run writes into.
  public var leaveOut: Set<FileIdentity> = []
  /// Include names that begin with a dot.
  public var hidden = false
  /// Follow links to folders. Links to files are always followed.
  public var follow = false
  /// Maximum depth; 1: only the entries of the named folders themselves.
  public var maxDepth: Int?
  /// Maximum number of inputs.
  public var limit: Int?
  /// Maximum bytes of a container's member, and of an image on standard input.
  public var maxFileSize = 256 << 20
  /// Called with each entry that is passed over.
  public var onIgnored: (@Sendable (RawPath, IgnoreReason) -> Void)?

  public init() {}

  /// Returns the glob rule that leaves a file out; nil if it is selected. `path` is below the root. In a container no
  /// folders were skipped before, so that they are checked here.
  func rejection(of path: ArraySlice<UInt8>, isArchived: Bool = false) -> IgnoreReason? {
    guard !include.isEmpty || !exclude.isEmpty else { return nil }
    if excludes(path, isFolder: false) { return .exclude }
    if isArchived {
      for index in path.indices where path[index] == UInt8(ascii: "/") {
        if excludes(path[..<index], isFolder: true) { return .exclude }
      }
    }
    return include.isEmpty || include.contains { $0.matches(path, isFolder: false) } ? nil : .glob
  }

  func excludes(_ path: ArraySlice<UInt8>, isFolder: Bool) -> Bool {
    exclude.contains { $0.matches(path, isFolder: isFolder) }
  }

  /// Whether `name` is hidden and left out; `.` and `..` in the names of an archive are not hidden.
  func hides(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    guard !hidden, name.first == UInt8(ascii: ".") else { return false }
    return name.count > 2 || (name.count == 2 && name.last != UInt8(ascii: "."))
  }
}
