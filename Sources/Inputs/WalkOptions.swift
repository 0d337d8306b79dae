/// What of the folders is taken.
public struct WalkOptions: Sendable {
  /// Files must match one of these, where there are any.
  public var include: [Glob] = []
  /// Files and folders that match one of these are left out.
  public var exclude: [Glob] = []
  /// Names that begin with a dot.
  public var hidden = false
  /// Go through links to folders. Links to files are always taken.
  public var follow = false
  /// 1: only what is in the named folders themselves.
  public var maxDepth: Int?
  /// Inputs at most.
  public var limit: Int?
  /// Bytes of an archive's member at most.
  public var maxFileSize = 256 << 20

  public init() {}

  /// Whether the globs let a file pass; `path` is below the root. In an archive no folders were left out before.
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
