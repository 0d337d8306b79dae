import Recognition

/// The directories of a TIFF, read within the bounds of the file.
enum TIFF {
  private static let maxEntries = 1000
  private static let maxPages = (1 << 16) + 1

  /// Whether a file begins with "II*\0" or "MM\0*" (43 for BigTIFF) and points to a directory after the header.
  static func isTIFF(_ file: ByteReader) -> Bool {
    guard let layout = Layout(file) else { return false }
    return layout.firstDirectory >= 8
  }

  /// The byte order, and the widths of classic and big TIFF.
  private struct Layout {
    let bigEndian: Bool, isBig: Bool
    var firstDirectory = 0

    init?(_ file: ByteReader) {
      bigEndian = file.has("MM")
      guard bigEndian || file.has("II"), let version = file.number(2, size: 2, bigEndian: bigEndian) else { return nil }
      isBig = version == 43
      guard version == 42 || version == 43 else { return nil }
      guard let first = file.number(isBig ? 8 : 4, size: isBig ? 8 : 4, bigEndian: bigEndian) else { return nil }
      firstDirectory = first
    }

    var countSize: Int { isBig ? 8 : 2 }
    var entrySize: Int { isBig ? 20 : 12 }
    var offsetSize: Int { isBig ? 8 : 4 }
  }

  /// The values of a tag, in the entry or elsewhere in the file.
  private struct Entry {
    let type: Int, count: Int, offset: Int

    init?(_ file: ByteReader, at: Int, _ layout: Layout) {
      guard let type = file.number(at + 2, size: 2, bigEndian: layout.bigEndian),
        let count = file.number(at + 4, size: layout.offsetSize, bigEndian: layout.bigEndian)
      else { return nil }
      self.type = type
      self.count = count
      let inside = at + 4 + layout.offsetSize
      let (bytes, overflow) = count.multipliedReportingOverflow(by: Self.size(of: type))
      if !overflow, bytes <= layout.offsetSize {
        offset = inside
      } else {
        guard let outside = file.number(inside, size: layout.offsetSize, bigEndian: layout.bigEndian) else {
          return nil
        }
        offset = outside
      }
    }

    static func size(of type: Int) -> Int {
      switch type {
      case 3, 8: 2
      case 4, 9, 11, 13: 4
      case 5, 10, 12, 16, 17, 18: 8
      default: 1
      }
    }

    func value(_ index: Int, _ file: ByteReader, _ layout: Layout) -> Int? {
      let size = Self.size(of: type)
      guard index < count, offset <= file.count else { return nil }
      return file.number(offset + index * size, size: size, bigEndian: layout.bigEndian)
    }
  }

  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    var header = try header(of: file, page: 0)
    header.pages = pageCount(file, limit: maxPages)
    return header
  }

  /// The header of the page with index `page`.
  static func header(of file: ByteReader, page: Int) throws(Failure) -> ImageHeader {
    guard let layout = Layout(file) else { throw Failure(.decode, .corrupt, "tiff: no header") }
    var directory = layout.firstDirectory
    for _ in 0..<page {
      guard let next = following(directory, file, layout) else {
        throw Failure(.decode, .truncated, "tiff: the directory is outside the file")
      }
      directory = next
    }
    guard let entries = entries(file, at: directory, layout) else {
      throw Failure(.decode, .truncated, "tiff: the directory is outside the file")
    }
    func first(_ tag: Int) -> Int? { entries[tag]?.value(0, file, layout) }
    guard let width = first(256), let height = first(257) else {
      throw Failure(.decode, .corrupt, "tiff: no size")
    }
    // Strips or tiles must lie within the file.
    if let offsets = entries[273] ?? entries[324], let sizes = entries[279] ?? entries[325] {
      for i in 0..<min(offsets.count, sizes.count) {
        guard let offset = offsets.value(i, file, layout), let size = sizes.value(i, file, layout),
          offset <= file.count, size <= file.count - offset
        else { throw Failure(.decode, .truncated, "tiff: premature end of data") }
      }
    }
    return ImageHeader(
      format: .tiff, storedSize: PixelSize(width: width, height: height),
      orientation: first(274).flatMap(Orientation.init(rawValue:)))
  }

  /// The file with its orientation set to upright, for a decoder that would apply it; nil if it is upright already.
  static func picture(of file: ByteReader, orientation: Orientation) -> [UInt8]? {
    guard orientation != .upright, let tag = Exif.orientationTag(tiff: file) else { return nil }
    var bytes = Array(file.bytes)
    bytes[tag.offset] = tag.bigEndian ? 0 : 1
    bytes[tag.offset + 1] = tag.bigEndian ? 1 : 0
    return bytes
  }

  private static func entries(_ file: ByteReader, at start: Int, _ layout: Layout) -> [Int: Entry]? {
    guard start <= file.count, let count = file.number(start, size: layout.countSize, bigEndian: layout.bigEndian)
    else { return nil }
    var entries: [Int: Entry] = [:]
    for i in 0..<min(count, maxEntries) {
      let at = start + layout.countSize + layout.entrySize * i
      guard let tag = file.number(at, size: 2, bigEndian: layout.bigEndian), let entry = Entry(file, at: at, layout)
      else { return nil }
      if entries[tag] == nil { entries[tag] = entry }
    }
    return entries
  }

  /// Number of directories in the chain, at most `limit`, a last one outside the file included; a chain that loops ends
  /// at the first repetition.
  static func pageCount(_ file: ByteReader, limit: Int) -> Int {
    guard let layout = Layout(file) else { return 1 }
    var seen: Set<Int> = []
    var at = layout.firstDirectory
    while at != 0, seen.count < limit, seen.insert(at).inserted {
      guard let next = following(at, file, layout) else { break }
      at = next
    }
    return seen.count
  }

  /// Offset of the directory after the one at `at`, 0 after the last; nil if that one is damaged.
  private static func following(_ at: Int, _ file: ByteReader, _ layout: Layout) -> Int? {
    guard at <= file.count, let count = file.number(at, size: layout.countSize, bigEndian: layout.bigEndian),
      count <= 65535
    else { return nil }
    return file.number(
      at + layout.countSize + layout.entrySize * count, size: layout.offsetSize, bigEndian: layout.bigEndian)
  }
}
