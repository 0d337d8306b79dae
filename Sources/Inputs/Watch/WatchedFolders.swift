import Platform
import Recognition

/// What is known of a file of a watched folder.
struct KnownFile {
  /// A hash of inode, length and time of the state that was passed on; 0 if none was. Its lowest bit is the number of the
  /// whole walk that saw the file last, so that the others can be forgotten.
  private(set) var stamp: UInt64 = 0
  /// Of its record: the first eight bytes of the SHA-256, one of the values below, or 0 without a record.
  var digest: UInt64 = 0

  /// A record of a file whose bytes could not be read.
  static let failed: UInt64 = 1
  /// Such a record; the file is read if that is possible by now.
  static let unreadable: UInt64 = 2

  var walk: UInt64 {
    get { stamp & 1 }
    set { stamp = stamp & ~1 | newValue & 1 }
  }

  /// Whether any state was passed on.
  var isPassedOn: Bool { stamp & ~1 != 0 }

  /// Whether the state with this hash was passed on.
  func has(_ hash: UInt64) -> Bool { isPassedOn && stamp & ~1 == hash & ~1 }

  /// Notes the state with this hash, 0 for none; keeps the number of the walk.
  mutating func note(_ hash: UInt64) { stamp = hash & ~1 | walk }

  /// The hash of a file's state: which file it is, and when its bytes were written. A change of its rights is none.
  static func hash(_ stamp: FileStamp) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(stamp.device)
    hasher.combine(stamp.inode)
    hasher.combine(stamp.size)
    hasher.combine(stamp.modified)
    return UInt64(bitPattern: Int64(hasher.finalize())) | 2
  }

  /// The hash of a failure in place of a file.
  static func hash(_ failure: Failure) -> UInt64 { UInt64(bitPattern: Int64(failure.hashValue)) | 2 }

  /// The part of a digest that is kept.
  static func prefix(_ digest: [UInt8]) -> UInt64 {
    max(3, digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}

/// A folder of a watch, and what is known of its files: 24 bytes for each, by a hash of the name.
final class WatchedFolder {
  let path: RawPath
  let rootLength: Int
  /// 0 for a root.
  let depth: Int
  var identity: FileIdentity
  /// Its number at the system; nil if it is not watched.
  var watch: Int32?
  /// The number of the whole walk that saw it last.
  var walk: UInt64
  var files: [Int: KnownFile] = [:]
  /// By their paths.
  var children: [RawPath: WatchedFolder] = [:]

  init(_ visit: FolderVisit, path: RawPath, walk: UInt64) {
    self.path = path
    rootLength = visit.rootLength
    depth = visit.depth
    identity = visit.identity
    self.walk = walk
  }

  /// The key of a file, by the name in its path.
  static func key(_ path: RawPath) -> Int { path.lastComponent.hashValue }
}

/// The folders of a watch, by path and by their numbers at the system.
struct WatchedFolders {
  private(set) var byPath: [RawPath: WatchedFolder] = [:]
  private(set) var byWatch: [Int32: WatchedFolder] = [:]

  /// A folder's path without slashes at its end, by which it is found.
  static func key(_ path: some BidirectionalCollection<UInt8>) -> RawPath {
    var end = path.endIndex
    while end > path.startIndex, path[path.index(before: end)] == slash { end = path.index(before: end) }
    return end == path.startIndex ? RawPath("/") : RawPath(path[..<end])
  }

  /// The folder of a file or folder with this path.
  func folder(of path: RawPath) -> WatchedFolder? {
    guard let end = path.bytes.lastIndex(of: slash) else { return nil }
    return byPath[Self.key(path.bytes[..<end])]
  }

  /// Adds a folder, below that which holds it.
  mutating func add(_ visit: FolderVisit, walk: UInt64) -> WatchedFolder {
    let folder = WatchedFolder(visit, path: Self.key(visit.path.bytes), walk: walk)
    byPath[folder.path] = folder
    if folder.depth > 0 { self.folder(of: folder.path)?.children[folder.path] = folder }
    return folder
  }

  /// Notes the number of a folder; nil if it is not watched any more.
  mutating func set(_ watch: Int32?, of folder: WatchedFolder) {
    if let old = folder.watch, byWatch[old] === folder { byWatch[old] = nil }
    folder.watch = watch
    if let watch { byWatch[watch] = folder }
  }

  /// Forgets a folder and those in it; returns the numbers that they had.
  mutating func drop(_ folder: WatchedFolder) -> [Int32] {
    let all = Self.all(below: folder)
    let ended = all.compactMap(\.watch)
    for one in all {
      set(nil, of: one)
      byPath[one.path] = nil
    }
    if folder.depth > 0 { self.folder(of: folder.path)?.children[folder.path] = nil }
    return ended
  }

  /// The folder and those in it.
  static func all(below folder: WatchedFolder) -> [WatchedFolder] {
    var found = [folder]
    var index = 0
    while index < found.count {
      found += found[index].children.values
      index += 1
    }
    return found
  }
}

private let slash = UInt8(ascii: "/")
