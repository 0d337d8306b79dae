import Platform
import Recognition

/// Finds the images among files, folders and lists, one after another, without a listing of all in memory.
///
/// - The entries of a folder come sorted by the bytes of their names; of a folder with more than 65,536, each chunk of
///   that many is sorted, so that memory stays bounded.
/// - An input that the user named is accepted whatever its name; in folders the extension decides, or the first bytes
///   if the extension is unknown.
/// - A named container (zip, tar, TFRecord) is walked like a folder; those in folders are not.
/// - Standard input is a list, images or an archive, as its first bytes say.
/// - What is passed over is counted, and reported to the options' `onIgnored`.
/// - What cannot be walked or is not a file becomes an item with a fault; pipes, sockets and devices are never opened.
/// - Folders are opened relative to each other, so that paths may be longer than PATH_MAX; about 64 stay open.
/// - With `follow`, no folder is visited twice.
public final class DirectoryWalk: Feed {
  public let tally: WalkTally

  /// Called with each folder before its entries are read; false passes it over as one that was visited before.
  var onFolder: ((FolderVisit) -> Bool)?

  let options: WalkOptions
  let sniff: (UnsafeRawBufferPointer) -> ImageFormat?
  var sources: ArraySlice<InputSource>
  var list: PathList?
  var nextMember: (() -> Container.Member?)?
  /// Number of named inputs so far.
  var rootCount = 0
  var stack: [DirectoryReader] = []
  /// Path of the innermost folder.
  var path: [UInt8] = []
  /// Length of the root in `path`, with the slash after it.
  var rootLength = 0
  /// Folders entered so far; used only with `follow`.
  private var visited: Set<FileIdentity> = []
  private var count = 0

  /// Number of folders that keep their descriptors; deeper ones are suspended while their children are walked.
  private static let maxOpen = 64
  /// Bytes of a file that `sniff` gets.
  private static let headLength = StreamContent.headLength

  /// `sniff` returns the format of a file by its first bytes; nil if it is not an image.
  public convenience init(
    _ sources: [InputSource], options: WalkOptions = WalkOptions(),
    sniff: @escaping (UnsafeRawBufferPointer) -> ImageFormat?
  ) {
    self.init(sources, options: options, tally: WalkTally(onIgnored: options.onIgnored), sniff: sniff)
  }

  /// A walk that counts in the tally of another.
  init(
    _ sources: [InputSource], options: WalkOptions, tally: WalkTally,
    sniff: @escaping (UnsafeRawBufferPointer) -> ImageFormat?
  ) {
    self.sources = sources[...]
    self.options = options
    self.sniff = sniff
    self.tally = tally
  }

  public func next() -> Item? {
    if let limit = options.limit, count >= limit { return nil }
    while true {
      let found: Found?
      if stack.isEmpty {
        guard let entry = nextRoot() else { return nil }
        found = entry
      } else {
        found = step()
      }
      guard let item = found?.item(index: count) else { continue }
      count += 1
      return item
    }
  }

  enum Found {
    case nothing
    case item(RawPath, Item.Origin)
    case member(Container.Member)

    func item(index: Int) -> Item? {
      switch self {
      case .nothing: return nil
      case .item(let path, let origin): return Item(index: index, path: path, origin: origin)
      case .member(let member):
        var item = Item(index: index, path: member.path, origin: member.origin)
        item.key = member.key
        return item
      }
    }
  }

  /// Walks a folder that the user named, whose open descriptor it takes over.
  func enterRoot(_ root: RawPath, _ descriptor: Int32) throws(Failure) -> Found {
    let folder = try DirectoryReader(root: descriptor, pathLength: root.bytes.count)
    path = root.bytes
    rootLength = path.count + (path.last == slash ? 0 : 1)
    return enter(folder)
  }

  // MARK: Folders

  /// Processes the next entry of the innermost folder.
  private func step() -> Found {
    let folder = stack[stack.count - 1]
    do throws(Failure) {
      if let found = try folder.withNext({ bytes, name, kind in entry(bytes, name, kind, in: folder) }) { return found }
      leave()
      return .nothing
    } catch {
      let failed = RawPath(path)
      leave()
      return .item(failed, .fault(error))
    }
  }

  private func enter(_ folder: DirectoryReader) -> Found {
    if options.follow {
      guard visited.insert(folder.identity).inserted else {
        let loops = stack.contains { $0.identity == folder.identity }
        let found = RawPath(path)
        path.removeLast(path.count - (stack.last?.pathLength ?? 0))
        guard loops else { return ignored(found, .visited, isFolder: true) }
        return .item(found, .fault(Failure(.walk, .linkLoop, "the link leads to a folder that contains it")))
      }
    }
    guard isWanted(folder) else {
      let found = RawPath(path)
      path.removeLast(path.count - (stack.last?.pathLength ?? 0))
      return ignored(found, .visited, isFolder: true)
    }
    if stack.count > Self.maxOpen { stack[stack.count - 1].suspend() }
    stack.append(folder)
    return .nothing
  }

  private func leave() {
    stack.removeLast()
    path.removeLast(path.count - (stack.last?.pathLength ?? 0))
  }

  /// Returns the descriptor of the innermost folder, reopened if need be from the nearest open one above.
  private func descriptor() throws(Failure) -> Int32 {
    let folder = stack[stack.count - 1]
    if let open = folder.descriptor { return open }
    var index = stack.count - 1
    while stack[index].descriptor == nil { index -= 1 }
    var current = stack[index].descriptor!
    var owned = false
    while index < stack.count - 1 {
      index += 1
      let name = RawPath(path[stack[index - 1].pathLength..<stack[index].pathLength].drop { $0 == slash })
      let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | (stack[index].isFollowed ? 0 : O_NOFOLLOW)
      let next = retrying { name.withCString { openat(current, $0, flags) } }
      let code = errno
      if owned { close(current) }
      guard next >= 0 else { throw Failure(.walk, errno: code) }
      current = next
      owned = true
    }
    try folder.resume(current)
    return current
  }

  // MARK: Entries

  private func entry(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: UnsafePointer<CChar>, _ kind: DirectoryReader.Kind,
    in folder: DirectoryReader
  ) -> Found {
    if options.hides(bytes) { return ignored(join(bytes), .hidden, isFolder: kind == .folder) }
    var kind = kind
    var followed = false
    var code: Int32 = 0
    var mode: UInt32 = 0
    if kind == .unknown { (kind, mode, code) = examine(name, AT_SYMLINK_NOFOLLOW) }
    if kind == .link {
      (kind, mode, code) = examine(name, 0)
      if kind == .folder {
        guard options.follow else { return ignored(join(bytes), .link, isFolder: true) }
        followed = true
      }
    }
    if kind == .folder { return subfolder(bytes, name, in: folder, isFollowed: followed) }

    // It was named in a report, and is gone again.
    if code == ENOENT, folder.isPart { return .nothing }

    let file = join(bytes)
    let nameClass = ImageNameFilter(RawPath(bytes))
    // First, so that the globs are counted with what they leave out, not with what was no image anyway.
    if nameClass == .other { return ignored(file, .notAnImage) }
    if let reason = options.rejection(of: file.bytes[rootLength...]) { return ignored(file, reason) }
    guard kind == .file else {
      guard nameClass == .image else { return ignored(file, .notAnImage) }
      if code == 0, mode == 0 { (_, mode, code) = examine(name, 0) }
      return .item(
        file, .fault(code != 0 ? Failure(.walk, errno: code) : FileReader.notAFile(mode, stage: .walk)))
    }
    guard nameClass == .unclear else { return .item(file, .file) }
    guard let isImage = looksLikeImage(name) else { return ignored(file, .unreadable) }
    return isImage ? .item(file, .file) : ignored(file, .notAnImage)
  }

  private func subfolder(
    _ bytes: UnsafeBufferPointer<UInt8>, _ name: UnsafePointer<CChar>, in folder: DirectoryReader, isFollowed: Bool
  ) -> Found {
    let joined = join(bytes)
    if options.excludes(joined.bytes[rootLength...], isFolder: true) {
      return ignored(joined, .exclude, isFolder: true)
    }
    if let limit = options.maxDepth, folder.depth + 1 >= limit { return ignored(joined, .depth, isFolder: true) }
    do throws(Failure) {
      let child = try DirectoryReader(
        name, in: try descriptor(), pathLength: joined.bytes.count, depth: folder.depth + 1, isFollowed: isFollowed)
      if options.leaveOut.contains(child.identity) { return ignored(joined, .outputFolder, isFolder: true) }
      path = joined.bytes
      return enter(child)
    } catch {
      return .item(joined, .fault(error))
    }
  }

  private func ignored(_ path: RawPath, _ reason: IgnoreReason, isFolder: Bool = false) -> Found {
    tally.ignore(path, reason, isFolder: isFolder)
    return .nothing
  }

  /// Returns kind and file type bits of an entry, and 0 or the error number.
  private func examine(_ name: UnsafePointer<CChar>, _ flags: Int32) -> (DirectoryReader.Kind, UInt32, Int32) {
    guard let open = try? descriptor() else { return (.special, 0, EIO) }
    var status = stat()
    guard fstatat(open, name, &status, flags) == 0 else { return (.special, 0, errno) }
    let mode = LongPath.kind(status)
    switch mode {
    case S_IFREG: return (.file, mode, 0)
    case S_IFDIR: return (.folder, mode, 0)
    case S_IFLNK: return (.link, mode, 0)
    default: return (.special, mode, 0)
    }
  }

  /// Whether the first bytes of a file are those of an image; nil if they cannot be read.
  private func looksLikeImage(_ name: UnsafePointer<CChar>) -> Bool? {
    guard let folder = try? descriptor() else { return nil }
    let file = retrying { openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, LongPath.kind(status) == S_IFREG else { return false }
    return withUnsafeTemporaryAllocation(byteCount: Self.headLength, alignment: 16) { head in
      let got = pread(file, head.baseAddress, head.count, 0)
      guard got >= 0 else { return nil }
      return got > 0 && ImageNameFilter.isImage(sniff(UnsafeRawBufferPointer(rebasing: head[..<got])))
    }
  }

  private func join(_ name: UnsafeBufferPointer<UInt8>) -> RawPath {
    var joined: [UInt8] = []
    joined.reserveCapacity(path.count + 1 + name.count)
    joined.append(contentsOf: path)
    if path.last != slash { joined.append(slash) }
    joined.append(contentsOf: name)
    return RawPath(joined)
  }
}

private let slash = UInt8(ascii: "/")
