/// The frame of EXIF data, of a TIFF file, or of a camera raw file that has TIFF's directories.
///
/// `TIFFStream` reads the pictures of a TIFF file and refuses directories that are cut off; metadata are read as far as
/// they are there.
struct ExifBlock {
  let bytes: ByteReader
  let bigEndian: Bool
  /// BigTIFF: counts and offsets of 64 bits.
  let isBig: Bool
  private let first: Int

  /// Numbers after the byte order: TIFF, BigTIFF, Olympus (twice), Panasonic and Leica.
  private static let versions = [42, 43, 0x4F52, 0x5352, 0x55]

  /// With or without the prefix "Exif\0\0".
  init?(_ data: ByteReader) {
    let bytes = data.has("Exif\0\0") ? data[from: 6] : data
    let bigEndian = bytes.has("MM")
    guard bigEndian || bytes.has("II"), let version = bytes.number(2, size: 2, bigEndian: bigEndian),
      Self.versions.contains(version)
    else { return nil }
    isBig = version == 43
    guard let first = bytes.number(isBig ? 8 : 4, size: isBig ? 8 : 4, bigEndian: bigEndian) else { return nil }
    self.bytes = bytes
    self.bigEndian = bigEndian
    self.first = first
  }

  /// The first directory; nil if its offset lies outside.
  var main: ExifDirectory? { ExifDirectory(self, at: first) }

  func number(_ at: Int, _ size: Int) -> Int? { bytes.number(at, size: size, bigEndian: bigEndian) }
}

/// A directory of EXIF data. Its entries are looked up in the bytes: nothing is copied, and no link is followed.
struct ExifDirectory {
  private static let maxEntries = 1000

  private let block: ExifBlock
  private let start: Int
  private let count: Int

  init?(_ block: ExifBlock, at offset: Int) {
    let size = block.isBig ? 8 : 2
    guard offset >= 8, offset < block.bytes.count, let count = block.number(offset, size), count > 0 else { return nil }
    self.block = block
    start = offset + size
    self.count = min(count, Self.maxEntries)
  }

  /// The value of the first entry with the tag; nil if no entry has it, or if the value lies outside of the data.
  subscript(tag: Int) -> ExifValue? {
    let size = block.isBig ? 20 : 12
    for index in 0..<count {
      guard let found = block.number(start + index * size, 2) else { return nil }
      if found == tag { return value(at: start + index * size) }
    }
    return nil
  }

  /// The directory that an entry points to.
  func directory(_ tag: Int) -> ExifDirectory? {
    guard let value = self[tag], let offset = value.integer else { return nil }
    return ExifDirectory(block, at: offset)
  }

  private func value(at entry: Int) -> ExifValue? {
    let width = block.isBig ? 8 : 4
    guard let type = block.number(entry + 2, 2), let count = block.number(entry + 4, width),
      let size = ExifValue.size(ofType: type)
    else { return nil }
    let (length, overflow) = count.multipliedReportingOverflow(by: size)
    guard !overflow, length > 0 else { return nil }
    let inside = entry + 4 + width
    guard let offset = length <= width ? inside : block.number(inside, width), offset <= block.bytes.count,
      length <= block.bytes.count - offset
    else { return nil }
    return ExifValue(
      bytes: block.bytes[offset..<offset + length], bigEndian: block.bigEndian, type: type, count: count)
  }
}

/// The value of an entry, wholly within the data.
struct ExifValue {
  let bytes: ByteReader
  let bigEndian: Bool
  let type: Int
  let count: Int

  /// Bytes of one element; nil for unknown types. 129 is UTF-8 (Exif 3.0).
  static func size(ofType type: Int) -> Int? {
    switch type {
    case 1, 2, 6, 7, 129: 1
    case 3, 8: 2
    case 4, 9, 11, 13: 4
    case 5, 10, 12, 16, 17, 18: 8
    default: nil
    }
  }

  /// The first element of a field of unsigned integers.
  var integer: Int? {
    switch type {
    case 1, 3, 4, 13, 16, 18:
      Self.size(ofType: type).flatMap { bytes.number(0, size: $0, bigEndian: bigEndian) }
    default: nil
    }
  }

  /// The text of a field of characters or of bytes, as `ExifText` accepts it.
  var text: String? {
    switch type {
    case 1, 2, 7, 129: ExifText.text(bytes)
    default: nil
    }
  }

  /// The fraction at `index`; nil outside, or if it is not defined.
  func fraction(_ index: Int) -> Double? {
    guard type == 5 || type == 10, index >= 0, index < count,
      let above = bytes.number(8 * index, size: 4, bigEndian: bigEndian),
      let below = bytes.number(8 * index + 4, size: 4, bigEndian: bigEndian), below != 0
    else { return nil }
    if type == 5 { return Double(above) / Double(below) }
    return Double(Int32(truncatingIfNeeded: above)) / Double(Int32(truncatingIfNeeded: below))
  }
}
