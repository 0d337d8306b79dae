import Platform
import Recognition

/// Files and folders that hold images as members. A new kind is one case here, which the compiler then asks for, and one
/// file with its reader.
enum Container: CaseIterable {
  /// zip and tar, through libarchive.
  case archive
  /// Records of TensorFlow, plain or compressed.
  case records
  /// The data file of an LMDB database, or the folder around it.
  case lmdb

  struct Member {
    /// The path that its record gets.
    var path: RawPath
    var origin: Item.Origin
    /// What its side files or its label have in common with it; nil if the container says nothing.
    var key: RawPath?

    init(_ path: RawPath, _ origin: Item.Origin, key: RawPath? = nil) {
      self.path = path
      self.origin = origin
      self.key = key
    }
  }

  /// The kind of container at `path`; nil for a plain file or folder. Folders are asked before they are walked.
  init?(at path: RawPath, isFolder: Bool) {
    guard let kind = Self.allCases.first(where: { $0.matches(path, isFolder: isFolder) }) else { return nil }
    self = kind
  }

  /// Whether a file with this name is a container.
  static func isNamed(_ path: RawPath) -> Bool {
    ArchiveReader.isArchive(path) || TFRecordReader.isNamed(path) || LMDBReader.isNamed(path)
  }

  private func matches(_ path: RawPath, isFolder: Bool) -> Bool {
    switch self {
    case .archive: !isFolder && ArchiveReader.isArchive(path)
    case .records:
      // Shards are often named `train-00000-of-01024`.
      !isFolder
        && (TFRecordReader.isNamed(path) || ImageNameFilter(path) != .image && TFRecordReader.isTFRecord(path))
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
    case .records: return try TFRecordReader(path, selection: selection).next
    case .lmdb: return try LMDBReader(path, selection: selection).next
    }
  }
}
