import Recognition

/// Rewrites EXIF data without what shows the picture or where it was taken.
///
/// Nothing is edited in place: the entries that are kept are written one after another, so that no byte outside of
/// them is left.
struct ExifFilter {
  /// Bytes of all values: more than an EXIF segment of a JPEG has room for.
  private static let maxBytes = 1 << 20
  /// Entries of all directories: several may lead to one.
  private static let maxEntries = 4000

  /// An entry that is kept: its value in the byte order of the data, or a directory.
  private struct Entry {
    var tag: Int
    var type: Int
    var count: Int
    var value: [UInt8]
    var directory: [Entry]?
  }

  private enum Directory { case main, camera, interoperability }

  private let data: ByteReader
  private let bigEndian: Bool
  private let strips: Bool
  private(set) var removed: RemovedMetadata = []
  private var bytesLeft = Self.maxBytes
  private var entriesLeft = Self.maxEntries

  /// The TIFF stream of EXIF data, and what it lacks now; nil if it cannot be read. With `strips` nothing but the
  /// orientation is kept.
  static func filtered(_ data: ByteReader, strips: Bool) -> (exif: [UInt8], removed: RemovedMetadata)? {
    let stream = data.has("Exif\0\0") ? data[from: 6] : data
    guard var filter = ExifFilter(stream, strips: strips), let start = filter.number(4, 4) else { return nil }
    guard let entries = filter.entries(of: .main, at: start) else { return nil }
    return (filter.stream(entries), filter.removed)
  }

  private init?(_ stream: ByteReader, strips: Bool) {
    bigEndian = stream.has("MM")
    data = stream
    self.strips = strips
    guard bigEndian || stream.has("II"), number(2, 2) == 42 else { return nil }
  }

  private func number(_ at: Int, _ size: Int) -> Int? { data.number(at, size: size, bigEndian: bigEndian) }

  // MARK: Reading

  private mutating func entries(of kind: Directory, at start: Int) -> [Entry]? {
    guard start >= 8, let count = number(start, 2), count <= entriesLeft else { return nil }
    entriesLeft -= count
    var kept: [Entry] = []
    for index in 0..<count {
      let at = start + 2 + 12 * index
      guard let tag = number(at, 2), let type = number(at + 2, 2), let items = number(at + 4, 4),
        data.count >= at + 12
      else { return nil }
      if let lost = Self.loss(tag, in: kind) {
        removed.formUnion(lost)
      } else if !strips || (kind == .main && tag == 0x0112) {
        if let entry = entry(tag, type, items, at, in: kind) { kept.append(entry) }
      }
    }
    // The thumbnail's directory. Entries must be in the order of their tags.
    if kind == .main, let next = number(start + 2 + 12 * count, 4), next != 0 { removed.insert(.thumbnails) }
    return kept.sorted { $0.tag < $1.tag }
  }

  private mutating func entry(_ tag: Int, _ type: Int, _ count: Int, _ at: Int, in kind: Directory) -> Entry? {
    if let inner = Self.directory(tag, in: kind) {
      guard let start = number(at + 8, 4), let entries = entries(of: inner, at: start) else {
        removed.insert(.unreadable)
        return nil
      }
      return Entry(tag: tag, type: 4, count: 1, value: [], directory: entries)
    }
    // 13 is a directory of an unknown kind.
    guard type != 13, let size = ExifValue.size(ofType: type), count > 0, count <= bytesLeft / size else {
      removed.insert(.unreadable)
      return nil
    }
    let length = count * size
    guard let offset = length <= 4 ? at + 8 : number(at + 8, 4), offset <= data.count, length <= data.count - offset
    else {
      removed.insert(.unreadable)
      return nil
    }
    let value = Array(data[offset..<offset + length].bytes)
    if Self.holdsPicture(value) {
      removed.insert(.thumbnails)
      return nil
    }
    bytesLeft -= length
    return Entry(tag: tag, type: type, count: count, value: value)
  }

  private static func directory(_ tag: Int, in kind: Directory) -> Directory? {
    switch (kind, tag) {
    case (.main, 0x8769): .camera
    case (.camera, 0xA005): .interoperability
    default: nil
    }
  }

  /// What is lost with an entry that is not kept; nil for one that is.
  private static func loss(_ tag: Int, in kind: Directory) -> RemovedMetadata? {
    switch tag {
    case 0x8825: .position
    // Pictures in the first directory: strips, tiles, JPEG data, further directories.
    case 0x0111, 0x0117, 0x0144, 0x0145, 0x014A, 0x0201, 0x0202: .thumbnails
    // Maker notes, DNG's private data, and packets that have filters of their own.
    case 0x927C, 0xC634, 0x02BC, 0x83BB, 0x8649: .makerData
    // How a TIFF or camera raw file stores its picture; the padding of editors.
    case 0x00FE, 0x0102, 0x0103, 0x0106, 0x0115, 0x0116, 0x011C, 0x013D, 0x0140, 0x0142, 0x0143, 0x0152, 0x0153, 0x015B,
      0x8773, 0xC500...0xFDFF:
      []
    default: nil
    }
  }

  /// Whether a JPEG begins in the value.
  static func holdsPicture(_ value: [UInt8]) -> Bool {
    guard value.count > 64 else { return false }
    return (0..<value.count - 2).contains { value[$0] == 0xFF && value[$0 + 1] == 0xD8 && value[$0 + 2] == 0xFF }
  }

  // MARK: Writing

  private func stream(_ entries: [Entry]) -> [UInt8] {
    var bytes = Array((bigEndian ? "MM" : "II").utf8) + field(42, 2) + field(8, 4)
    append(entries, to: &bytes)
    return bytes
  }

  private func append(_ entries: [Entry], to bytes: inout [UInt8]) {
    let table = bytes.count + 2
    bytes += field(entries.count, 2) + [UInt8](repeating: 0, count: 12 * entries.count + 4)
    for (index, entry) in entries.enumerated() {
      var value = entry.value
      if let inner = entry.directory {
        value = field(bytes.count, 4)
        append(inner, to: &bytes)
      } else if value.count > 4 {
        value = field(bytes.count, 4)
        // Values begin at even offsets.
        bytes += entry.value + (entry.value.count % 2 == 1 ? [0] : [])
      }
      let head = field(entry.tag, 2) + field(entry.type, 2) + field(entry.count, 4)
      let row = head + value + [UInt8](repeating: 0, count: 4 - value.count)
      bytes.replaceSubrange(table + 12 * index..<table + 12 * (index + 1), with: row)
    }
  }

  private func field(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(value >> (8 * (bigEndian ? size - 1 - $0 : $0)) & 255) }
  }
}
