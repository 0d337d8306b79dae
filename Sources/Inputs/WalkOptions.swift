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
  /// Maximum bytes of a container's member.
  public var maxFileSize = 256 << 20

  public init() {}

  /// Whether the globs select a file; `path` is below the root. In a container no folders were skipped before, so that
  /// they are checked here.
  func selects(_ path: ArraySlice<UInt8>, isArchived: Bool = false) -> Bool {
    guard !include.isEmpty || !exclude.isEmpty else { return true }
    if exclude.contains(where: { !$0.foldersOnly && $0.matches(path) }) { return false }
    if isArchived {
      for index in path.indices where path[index] == UInt8(ascii: "/") {
        if exclude.contains(where: { $0.matches(path[..<index]) }) { return false }
      }
    }
    return include.isEmpty || include.contains { !$0.foldersOnly && $0.matches(path) }
  }
}
