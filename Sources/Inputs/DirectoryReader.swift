import Platform
import Recognition

/// An open folder of a walk: its entries, a chunk at a time, sorted by the bytes of their names.
final class DirectoryReader {
  enum Kind { case file, folder, link, special, unknown }

  /// Maximum number of entries in memory; each chunk is sorted on its own.
  static let chunk = 65_536

  let identity: FileIdentity
  /// Length of this folder's path within the walk's current path.
  let pathLength: Int
  /// 0 for a root, whose entries are at depth 1.
  let depth: Int
  /// Whether a link led here, or the user named it.
  let isFollowed: Bool
  /// Whether only named entries are walked, which may be gone.
  var isPart: Bool { unlisted != nil }
  /// nil while suspended.
  private var stream: Stream?
  /// Descriptor of a folder of which only named entries are walked.
  private var unlisted: Int32?
  private var isComplete = false
  /// An error after some entries; thrown when they have been walked.
  private var pending: Failure?
  /// Names of the chunk, each with its NUL.
  private var names: [UInt8] = []
  private var entries: [Entry] = []
  /// Index of the next entry.
  private var next = 0

  #if canImport(Glibc)
    private typealias Stream = OpaquePointer
  #else
    private typealias Stream = UnsafeMutablePointer<DIR>
  #endif

  private struct Entry {
    var offset: UInt32
    var length: UInt32
    var kind: Kind
  }

  /// Opens `name` in the folder `parent`.
  init(
    _ name: UnsafePointer<CChar>, in parent: Int32, pathLength: Int, depth: Int, isFollowed: Bool
  ) throws(Failure) {
    let (opened, status) = try Self.open(name, in: parent, isFollowed: isFollowed)
    stream = opened
    identity = FileIdentity(status)
    self.pathLength = pathLength
    self.depth = depth
    self.isFollowed = isFollowed
  }

  /// Takes over the open descriptor of a root.
  init(root descriptor: Int32, pathLength: Int) throws(Failure) {
    let (opened, status) = try Self.adopt(descriptor)
    stream = opened
    identity = FileIdentity(status)
    self.pathLength = pathLength
    depth = 0
    isFollowed = true
  }

  /// Takes over the open descriptor of a folder whose entries are not listed: only `part` of them are walked.
  init(part: [[UInt8]], of descriptor: Int32, pathLength: Int, depth: Int) throws(Failure) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw Failure(.walk, errno: code)
    }
    unlisted = descriptor
    identity = FileIdentity(status)
    self.pathLength = pathLength
    self.depth = depth
    isFollowed = true
    isComplete = true
    for name in part {
      entries.append(Entry(offset: UInt32(names.count), length: UInt32(name.count), kind: .unknown))
      names += name + [0]
    }
  }

  deinit {
    if let stream { closedir(stream) }
    if let unlisted { close(unlisted) }
  }

  /// Descriptor of the folder; nil while suspended.
  var descriptor: Int32? { stream.map { dirfd($0) } ?? unlisted }

  /// Closes the descriptor if all entries are in memory.
  func suspend() {
    guard isComplete, let open = stream else { return }
    closedir(open)
    stream = nil
  }

  /// Reopens a suspended folder, and takes over `descriptor`. Throws `changed` unless it refers to the same directory.
  func resume(_ descriptor: Int32) throws(Failure) {
    let (opened, status) = try Self.adopt(descriptor)
    guard FileIdentity(status) == identity else {
      closedir(opened)
      throw Failure(.walk, .changed, "the folder was moved while it was walked")
    }
    stream = opened
  }

  /// Calls `body` with the next entry, its name NUL-terminated and valid during the call; returns nil at the end.
  func withNext<R>(_ body: (UnsafeBufferPointer<UInt8>, UnsafePointer<CChar>, Kind) -> R) throws(Failure) -> R? {
    if next == entries.count {
      if let failure = pending {
        pending = nil
        throw failure
      }
      guard !isComplete else { return nil }
      try load()
      if entries.isEmpty { return nil }
    }
    let entry = entries[next]
    next += 1
    return names.withUnsafeBufferPointer { names in
      let start = names.baseAddress! + Int(entry.offset)
      return start.withMemoryRebound(to: CChar.self, capacity: Int(entry.length) + 1) { name in
        body(UnsafeBufferPointer(start: start, count: Int(entry.length)), name, entry.kind)
      }
    }
  }

  private func load() throws(Failure) {
    names.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
    next = 0
    guard let stream else {
      isComplete = true
      return
    }
    while entries.count < Self.chunk {
      errno = 0
      guard let entry = readdir(stream) else {
        isComplete = true
        let code = errno
        if code != 0 {
          guard !entries.isEmpty else { throw Failure(.walk, errno: code) }
          pending = Failure(.walk, errno: code)
        }
        break
      }
      append(entry)
    }
    names.withUnsafeBufferPointer { names in
      entries.sort { a, b in
        // The NUL at the end orders the shorter of two first.
        memcmp(names.baseAddress! + Int(a.offset), names.baseAddress! + Int(b.offset), Int(min(a.length, b.length)) + 1)
          < 0
      }
    }
  }

  private func append(_ entry: UnsafeMutablePointer<dirent>) {
    let start = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
    let name = UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self)))
    if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return }
    let kind: Kind =
      switch Int(entry.pointee.d_type) {
      case Int(DT_REG): .file
      case Int(DT_DIR): .folder
      case Int(DT_LNK): .link
      case Int(DT_UNKNOWN): .unknown
      default: .special
      }
    entries.append(Entry(offset: UInt32(names.count), length: UInt32(name.count), kind: kind))
    names.append(contentsOf: name)
    names.append(0)
  }

  private static func open(
    _ name: UnsafePointer<CChar>, in parent: Int32, isFollowed: Bool
  ) throws(Failure) -> (Stream, stat) {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (isFollowed ? 0 : O_NOFOLLOW)
    let descriptor = retrying { openat(parent, name, flags) }
    guard descriptor >= 0 else { throw Failure(.walk, errno: errno) }
    return try adopt(descriptor)
  }

  private static func adopt(_ descriptor: Int32) throws(Failure) -> (Stream, stat) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, let stream = fdopendir(descriptor) else {
      let code = errno
      close(descriptor)
      throw Failure(.walk, errno: code)
    }
    return (stream, status)
  }
}
