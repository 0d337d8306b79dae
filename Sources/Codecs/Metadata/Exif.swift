import Recognition

/// Finds the orientation, and nothing else, within bounds: no offset is followed twice, no claimed size is allocated.
enum Exif {
  private static let maxEntries = 1000
  /// How far into a JPEG an EXIF segment may begin.
  private static let maxJPEGBytes = 256 << 10

  /// Of a TIFF stream: EXIF data, or a TIFF file.
  static func orientation(tiff: ByteReader) -> Orientation? {
    guard let place = orientationPlace(tiff: tiff) else { return nil }
    return tiff.number(place.offset, size: 2, bigEndian: place.bigEndian).flatMap(Orientation.init(rawValue:))
  }

  /// Where IFD0's orientation, a 16-bit number, stands.
  static func orientationPlace(tiff: ByteReader) -> (offset: Int, bigEndian: Bool)? {
    let bigEndian = tiff.has("MM")
    guard bigEndian || tiff.has("II"), tiff.number(2, size: 2, bigEndian: bigEndian) == 42,
      let start = tiff.number(4, size: 4, bigEndian: bigEndian), start >= 8,
      let count = tiff.number(start, size: 2, bigEndian: bigEndian)
    else { return nil }
    for i in 0..<min(count, maxEntries) {
      let entry = start + 2 + 12 * i
      guard let tag = tiff.number(entry, size: 2, bigEndian: bigEndian) else { return nil }
      guard tag == 0x0112 else { continue }
      // A SHORT, as it should be, or a LONG, as some write it.
      switch tiff.number(entry + 2, size: 2, bigEndian: bigEndian) {
      case 3: return (entry + 8, bigEndian)
      case 4: return (entry + (bigEndian ? 10 : 8), bigEndian)
      default: return nil
      }
    }
    return nil
  }

  /// Of EXIF data that may begin with "Exif\0\0".
  static func orientation(exif: ByteReader) -> Orientation? {
    orientation(tiff: exif.has("Exif\0\0") ? exif[from: 6] : exif)
  }

  /// Of a JPEG: its first EXIF segment before the picture.
  static func orientation(jpeg: ByteReader) -> Orientation? {
    var at = 2
    while at < maxJPEGBytes {
      guard jpeg.u8(at) == 0xFF, let marker = jpeg.u8(at + 1) else { return nil }
      if marker == 0xFF {
        at += 1
        continue
      }
      guard marker != 0xDA, marker != 0xD9, marker > 1, !(0xD0...0xD8).contains(marker),
        let length = jpeg.be16(at + 2), length >= 2
      else { return nil }
      if marker == 0xE1, jpeg.has("Exif\0\0", at: at + 4) {
        return orientation(tiff: jpeg[at + 10..<at + 2 + length])
      }
      at += 2 + length
    }
    return nil
  }
}
