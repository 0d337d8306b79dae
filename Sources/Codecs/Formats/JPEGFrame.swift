/// The frame header of a JPEG.
struct JPEGFrame {
  /// Maximum number of markers that are passed before the frame.
  private static let maxMarkers = 4096

  /// Second byte of the marker: 0xC0 (baseline) to 0xCF.
  let marker: Int
  let precision: Int
  let width: Int
  let height: Int
  let components: Int
  /// The components' numbers.
  let identifiers: [Int]
  /// Whether JFIF's segment comes before the frame.
  let hasJFIF: Bool
  /// The transform that Adobe's segment states: 0 is none.
  let adobeTransform: Int?

  /// Nil if the data are no JPEG, or have no frame before their first scan.
  init?(_ file: ByteReader) {
    guard file.starts(with: [0xFF, 0xD8]) else { return nil }
    var hasJFIF = false
    var adobe: Int?
    for segment in JPEGSegments(file, maxMarkers: Self.maxMarkers) {
      let (marker, at) = (segment.marker, segment.offset)
      if marker == 0xE0, file.has("JFIF\0", at: at + 4) { hasJFIF = true }
      if marker == 0xEE, file.has("Adobe", at: at + 4) { adobe = file.u8(at + 15) }
      if (0xC0...0xCF).contains(marker) && marker != 0xC4 && marker != 0xC8 && marker != 0xCC || marker == 0xF7 {
        guard let precision = file.u8(at + 4), let height = file.be16(at + 5), let width = file.be16(at + 7),
          let components = file.u8(at + 9)
        else { return nil }
        (self.marker, self.precision, self.width, self.height) = (marker, precision, width, height)
        self.components = components
        identifiers = (0..<min(components, 4)).compactMap { file.u8(at + 10 + 3 * $0) }
        (self.hasJFIF, adobeTransform) = (hasJFIF, adobe)
        return
      }
    }
    return nil
  }

  /// Whether the frame is one of JPEG-LS.
  var isNearLossless: Bool { marker == 0xF7 }

  /// Whether the frame is lossless: no DCT, as cameras store sensors' data.
  var isLossless: Bool { marker == 0xC3 || marker == 0xCB }
}
