import Recognition

/// Reads the orientation of EXIF data within bounds: no offset is followed twice, no claimed size is allocated.
enum Exif {
  private static let maxEntries = 1000
  /// Offset in a JPEG up to which an EXIF segment may begin.
  private static let maxJPEGBytes = 256 << 10

  /// The orientation of a TIFF stream: EXIF data, or a TIFF file.
  static func orientation(tiff: ByteReader) -> Orientation? {
    guard let tag = orientationTag(tiff: tiff) else { return nil }
    return tiff.number(tag.offset, size: 2, bigEndian: tag.bigEndian).flatMap(Orientation.init(rawValue:))
  }

  /// Offset and byte order of the 16-bit orientation in IFD0.
  static func orientationTag(tiff: ByteReader) -> (offset: Int, bigEndian: Bool)? {
    let bigEndian = tiff.has("MM")
    guard bigEndian || tiff.has("II"), tiff.number(2, size: 2, bigEndian: bigEndian) == 42,
      let start = tiff.number(4, size: 4, bigEndian: bigEndian), start >= 8,
      let count = tiff.number(start, size: 2, bigEndian: bigEndian)
    else { return nil }
    for i in 0..<min(count, maxEntries) {
      let entry = start + 2 + 12 * i
      guard let tag = tiff.number(entry, size: 2, bigEndian: bigEndian) else { return nil }
      guard tag == 0x0112 else { continue }
      // A SHORT by the standard; some writers use a LONG.
      switch tiff.number(entry + 2, size: 2, bigEndian: bigEndian) {
      case 3: return (entry + 8, bigEndian)
      case 4: return (entry + (bigEndian ? 10 : 8), bigEndian)
      default: return nil
      }
    }
    return nil
  }

  /// The orientation of EXIF data, with or without the prefix "Exif\0\0".
  static func orientation(exif: ByteReader) -> Orientation? {
    orientation(tiff: exif.has("Exif\0\0") ? exif[from: 6] : exif)
  }

  /// The orientation of a JPEG, from its first EXIF segment before the image data.
  static func orientation(jpeg: ByteReader) -> Orientation? {
    for segment in JPEGSegments(jpeg, end: maxJPEGBytes) where segment.marker == 0xE1 && segment.body.has("Exif\0\0") {
      return orientation(tiff: segment.body[from: 6])
    }
    return nil
  }
}

extension Exif {
  /// The TIFF stream adapted to an upright picture of `size`; nil if `exif` is no TIFF stream.
  static func normalised(_ exif: [UInt8], size: PixelSize) -> [UInt8]? {
    var result = exif
    let isGood = exif.withUnsafeBytes { bytes -> Bool in
      let tiff = ByteReader(bytes)
      let bigEndian = tiff.has("MM")
      func number(_ at: Int, _ size: Int) -> Int? { tiff.number(at, size: size, bigEndian: bigEndian) }
      func put(_ value: Int, _ at: Int, _ size: Int) {
        for i in 0..<size { result[at + i] = UInt8(value >> (8 * (bigEndian ? size - 1 - i : i)) & 255) }
      }
      guard bigEndian || tiff.has("II"), number(2, 2) == 42, let start = number(4, 4), start >= 8,
        let count = number(start, 2), count <= 1000, tiff.count >= start + 2 + 12 * count + 4
      else { return false }
      // The next directory is the thumbnail of the old picture.
      put(0, start + 2 + 12 * count, 4)
      if let tag = orientationTag(tiff: tiff) { put(1, tag.offset, 2) }
      for i in 0..<count where number(start + 2 + 12 * i, 2) == 0x8769 {
        guard let inner = number(start + 2 + 12 * i + 8, 4), let entries = number(inner, 2), entries <= 1000,
          tiff.count >= inner + 2 + 12 * entries
        else { break }
        for k in 0..<entries {
          let entry = inner + 2 + 12 * k
          guard let tag = number(entry, 2), tag == 0xA002 || tag == 0xA003, let type = number(entry + 2, 2) else {
            continue
          }
          let side = tag == 0xA002 ? size.width : size.height
          if type == 4 { put(side, entry + 8, 4) }
          if type == 3 { put(min(side, 65_535), entry + 8, 2) }
        }
      }
      return true
    }
    return isGood ? result : nil
  }

  /// A TIFF stream with the resolution only, for formats that have no other field for it.
  static func resolution(_ density: ImageMetadata.Density) -> [UInt8] {
    func le(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(value >> (8 * $0) & 255) } }
    let sides = [density.x, density.y].map { Int(($0 * 0.0254 * 100).rounded()) }
    var bytes = Array("II".utf8) + le(42, 2) + le(8, 4) + le(3, 2)
    let values = 8 + 2 + 3 * 12 + 4
    bytes += le(0x011A, 2) + le(5, 2) + le(1, 4) + le(values, 4)
    bytes += le(0x011B, 2) + le(5, 2) + le(1, 4) + le(values + 8, 4)
    bytes += le(0x0128, 2) + le(3, 2) + le(1, 4) + le(2, 4) + le(0, 4)
    for side in sides { bytes += le(side, 4) + le(100, 4) }
    return bytes
  }
}
