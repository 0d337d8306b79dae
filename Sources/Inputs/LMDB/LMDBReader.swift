import Platform
import Recognition

/// Reads the images of an LMDB database, one in memory at a time, in the order of their keys.
///
/// A value is the bytes of an image, or a Datum of Caffe that holds one.
final class LMDBReader {
  private let path: RawPath
  private let selection: MemberSelection
  private let file: LMDBFile
  private var tree: LMDBTree
  /// Number of entries so far, selected or not.
  private var count = 0
  private var isAtEnd = false

  private static let endings: Set<String> = ["lmdb", "mdb"]

  /// Whether `path` is named like a data file.
  static func isNamed(_ path: RawPath) -> Bool { path.fileExtension.map(endings.contains) ?? false }

  /// Whether `path` is a data file, by its name or its first bytes; of a folder, whether it holds one.
  static func isDatabase(_ path: RawPath, isFolder: Bool) -> Bool {
    guard isFolder else {
      return isNamed(path)
        || ImageNameFilter(path) != .image && StreamContent.head(of: path).map(LMDBMeta.begins) == true
    }
    // Another file of that name leaves the folder what it is.
    return (try? LMDBFile(path.appending(LMDBFile.dataName))) != nil
  }

  /// Opens the data file at `path`, or in the folder there.
  init(_ path: RawPath, selection: MemberSelection) throws(Failure) {
    var status = stat()
    let isFolder = LongPath.examine(path, &status) == 0 && LongPath.kind(status) == S_IFDIR
    file = try LMDBFile(isFolder ? path.appending(LMDBFile.dataName) : path)
    tree = LMDBTree(file)
    self.path = path
    self.selection = selection
  }

  /// Returns the next image; nil at the end. Damaged pages are one fault, at the end, under the database's own path.
  func next() -> Container.Member? {
    while let entry = tree.next() {
      count += 1
      var name = Array(entry.keys.map(\.name).joined(separator: [UInt8(ascii: "/")]))
      if name.isEmpty { name = Array("member-\(count)".utf8) }
      let inside = RawPath(name)
      let full = path.appending(name)
      switch selection.choice(inside, .file, at: full) {
      case .pass: continue
      case .fail(let failure): return Container.Member(full, .fault(failure))
      case .read, .examine:
        let isNamed = ImageNameFilter(inside) == .image
        do throws(Failure) {
          if let bytes = try image(entry, isNamed: isNamed) {
            return Container.Member(full, .bytes(bytes))
          }
          selection.ignore(full, .notAnImage)
        } catch {
          return Container.Member(full, .fault(error))
        }
      }
    }
    guard !isAtEnd, tree.damaged > 0 else { return nil }
    isAtEnd = true
    let parts = tree.damaged == 1 ? "a part of the database" : "\(tree.damaged) parts of the database"
    return Container.Member(path, .fault(Failure(.walk, .corrupt, "\(parts) cannot be read: \(tree.firstDamage)")))
  }

  /// Reads the image of an entry; nil if it holds none and is not named like one.
  private func image(_ entry: LMDBTree.Entry, isNamed: Bool) throws(Failure) -> [UInt8]? {
    guard let value = entry.value else {
      guard isNamed else { return nil }
      throw Failure(.read, .unsupported, "several values under one key are not read")
    }
    let maxBytes = selection.options.maxFileSize
    guard value.size <= maxBytes else {
      let head = try bytes(of: value, first: StreamContent.headLength)
      guard isNamed || selection.looksLikeImage(head[...]) else { return nil }
      throw Failure(.read, .fileTooLarge, "the entry has \(value.size) bytes; the limit is \(maxBytes)")
    }
    guard value.size > 0 else {
      guard isNamed else { return nil }
      throw Failure(.read, .empty, "the entry is empty")
    }
    let bytes = try bytes(of: value, first: value.size)
    if selection.looksLikeImage(bytes[...]) { return bytes }
    if let datum = CaffeDatum(bytes) { return try datum.image(maxBytes: maxBytes) }
    return isNamed ? bytes : nil
  }

  private func bytes(of value: LMDBPage.Value, first count: Int) throws(Failure) -> [UInt8] {
    switch value {
    case .inside(let bytes): return count < bytes.count ? Array(bytes.prefix(count)) : bytes
    case .overflow(let page, let size):
      do throws(LMDBFile.Damage) { return try file.overflow(page, size: size, first: min(count, size)) } catch {
        throw Failure(.read, .corrupt, "the database is damaged: \(error.text)")
      }
    }
  }
}
