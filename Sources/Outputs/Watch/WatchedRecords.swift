import Platform
import Recognition

/// The records that earlier runs of a watch wrote, in all files of its pattern.
public struct WatchedRecords {
  /// Gets the path of a record and the digest of the file that it is about, nil if that could not be read. Returns whether
  /// older files are wanted.
  public typealias Visit = (_ path: RawPath, _ digest: [UInt8]?) -> Bool

  /// Time before which no file of the watch was read, in nanoseconds since 1970: the birth of its oldest file; nil without
  /// files, or if it is unknown.
  public private(set) var began: Int64?
  /// Files whose records are compressed, and are not read.
  public private(set) var compressed: [RawPath] = []
  private var files: [RawPath] = []

  /// Finds the files of the pattern, and those to which other programs have renamed them: `NAME.1`, `NAME-20261129`.
  public init(_ pattern: OutputPattern) {
    let own = pattern.files()
    files = pattern.isTimed ? Self.byTime(own) : Self.byTime(renamed(pattern.text)) + own
    for file in files {
      guard case .descriptor(let descriptor) = LongPath.open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY) else { continue }
      defer { close(descriptor) }
      guard let birth = birthNanoseconds(of: descriptor) else { continue }
      began = min(began ?? birth, birth)
    }
  }

  /// Sorts files by the time of their last change, the oldest first; names may have it in any order.
  private static func byTime(_ paths: [RawPath]) -> [RawPath] {
    paths.map { path -> (path: RawPath, modified: Int64) in
      var status = stat()
      return (path, LongPath.examine(path, &status) == 0 ? nanoseconds(status).modified : 0)
    }.sorted { ($0.modified, $1.path.bytes.count) < ($1.modified, $0.path.bytes.count) }.map(\.path)
  }

  /// Finds the earlier parts of a file.
  private mutating func renamed(_ name: RawPath) -> [RawPath] {
    let base = Array(name.lastComponent)
    let isBare = base.count == name.bytes.count
    var parts: [RawPath] = []
    for entry in FileSystem.names(in: name.parent) where entry.count > base.count + 1 && entry.starts(with: base) {
      let mark = entry[base.count]
      guard mark == UInt8(ascii: ".") || mark == UInt8(ascii: "-") else { continue }
      let path = isBare ? RawPath(entry) : name.parent.appending(entry)
      let rest = entry[(base.count + 1)...]
      if ["gz", "xz", "bz2", "zst"].contains(path.fileExtension ?? "") {
        compressed.append(path)
      } else if rest.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }) {
        parts.append(path)
      }
    }
    return parts
  }

  /// Reads the files, the newest first, each from its beginning: calls `begin`, and then `record` with each record.
  /// `current` is the file that is continued; returns the number of its bytes that stay: what follows is a line that a
  /// killed run began, or pages of a file whose other pages have no record.
  ///
  /// Throws if a file holds something else than records.
  public func read(
    continuing current: OutputFile, begin: () -> Void, record: Visit
  ) throws(SetupError) -> Int {
    let first = try visit(current, begin, record)
    var wantsMore = first.wantsMore
    for path in files.reversed() where wantsMore {
      guard FileIdentity(path) != current.identity, let file = try? OutputFile(path), file.isRegular,
        let head = file.head(OutputKind.headLength), RecordLines.canBegin(head)
      else { continue }
      let found = try visit(file, begin, record)
      wantsMore = found.wantsMore
      // What a killed run has begun.
      if found.end < file.size, file.lock() { try file.resume(at: found.end) }
    }
    return first.end
  }

  /// Returns whether more records are wanted, and the number of bytes that stay.
  private func visit(
    _ file: OutputFile, _ begin: () -> Void, _ record: Visit
  ) throws(SetupError) -> (wantsMore: Bool, end: Int) {
    begin()
    var wantsMore = true
    var pages = PageGroup()
    let whole = try RecordLines.forEach(in: file) { offset, head, _ in
      pages.add(offset, head)
      if pages.start == nil { wantsMore = record(RawPath(head.path), head.facts.digest) }
      return nil
    }
    return (wantsMore, pages.start ?? whole)
  }
}

/// The pages at the end of a file of records that are not those of a whole file.
private struct PageGroup {
  /// Offset of the first of them; nil if the last record completes its file.
  var start: Int?
  private var path: [UInt8] = []

  mutating func add(_ offset: Int, _ head: RecordHead) {
    guard let page = head.page, !page.isLast else {
      start = nil
      return
    }
    if start == nil || path != head.path || page.number == 1 {
      start = offset
      path = head.path
    }
  }
}
