/// The segments of a JPEG before its first scan, one after another. They end at a marker without a length, and at what is
/// no segment.
struct JPEGSegments: Sequence, IteratorProtocol {
  struct Segment {
    /// Second byte of the marker.
    let marker: Int
    /// Offset of the marker's code in the file; that of the body is 4 bytes further.
    let offset: Int
    let body: ByteReader
  }

  private let file: ByteReader
  private var at = 2
  /// Offset up to which a segment may begin.
  private let end: Int
  /// Markers, and bytes of fill between them, that may still be looked at.
  private var left: Int

  init(_ file: ByteReader, end: Int = .max, maxMarkers: Int = .max) {
    self.file = file
    self.end = end
    left = maxMarkers
  }

  mutating func next() -> Segment? {
    while at < end, left > 0 {
      left -= 1
      guard file.u8(at) == 0xFF, let marker = file.u8(at + 1) else { return nil }
      if marker == 0xFF {
        at += 1
        continue
      }
      guard marker != 0xDA, marker > 1, !(0xD0...0xD9).contains(marker), let length = file.be16(at + 2), length >= 2
      else { return nil }
      defer { at += 2 + length }
      return Segment(marker: marker, offset: at, body: file[at + 4..<at + 2 + length])
    }
    return nil
  }
}
