import Platform
import Recognition

/// Files and folders that hold images as members. A new kind is one case here, which the compiler then asks for, and one
/// file with its reader.
enum Container: CaseIterable {
  /// zip and tar, through libarchive.
  case archive
  /// The data file of an LMDB database, or the folder around it.
  case lmdb

  /// A member with the path that its record gets.
  typealias Member = (path: RawPath, origin: Item.Origin)

  /// The kind of container at `path`; nil for a plain file or folder. Folders are asked before they are walked.
  init?(at path: RawPath, isFolder: Bool) {
    guard let kind = Self.allCases.first(where: { $0.matches(path, isFolder: isFolder) }) else { return nil }
    self = kind
  }

  private func matches(_ path: RawPath, isFolder: Bool) -> Bool {
    switch self {
    case .archive: !isFolder && ArchiveReader.isArchive(path)
    case .lmdb: LMDBReader.isDatabase(path, isFolder: isFolder)
    }
  }

  /// Opens a container; returns the function that reads its next selected member, nil at the end.
  ///
  /// A member of more bytes than the selection's `maxFileSize` is a failure of its own. Throws if the container cannot be
  /// opened.
  func open(_ path: RawPath, selection: MemberSelection) throws(Failure) -> () -> Member? {
    switch self {
    case .archive: return try ArchiveReader(path, selection: selection).next
    case .lmdb: return try LMDBReader(path, selection: selection).next
    }
  }
}
