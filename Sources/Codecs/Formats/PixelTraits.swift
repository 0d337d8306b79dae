import Recognition

/// The kind of pixels of a file, by its header.
struct PixelTraits {
  /// Whether the picture is grey; nil if only the pixels show it.
  var isGrey: Bool?
  var hasAlpha = false
  var bits = 8

  init(of bytes: UnsafeRawBufferPointer, format: ImageFormat) {
    format.reader.traits?(&self, ByteReader(bytes))
  }

  mutating func readJPEG(_ file: ByteReader) {
    guard let frame = JPEGFrame(file) else { return }
    isGrey = frame.components == 1
    bits = frame.precision
  }

  mutating func readPNG(_ file: ByteReader) {
    bits = file.u8(24) ?? 8
    let kind = file.u8(25) ?? 2
    // A palette of greys makes a grey picture.
    isGrey = kind == 3 ? nil : kind & 2 == 0
    hasAlpha = kind & 4 != 0 || Self.hasTransparency(png: file)
  }

  mutating func readWebP(_ file: ByteReader) {
    hasAlpha =
      file.has("VP8X", at: 12)
      ? (file.u8(20) ?? 0) & 0x10 != 0 : file.has("VP8L", at: 12) && (file.u8(24) ?? 0) & 0x10 != 0
  }

  /// Only bit fields with a mask for alpha have alpha: the fourth byte of other pixels of 32 bits is unused.
  mutating func readBMP(_ file: ByteReader) {
    guard let header = file.le32(14), let compression = file.le32(30), file.le16(28) == 32 else { return }
    hasAlpha = (compression == 3 && header >= 56 || compression == 6) && file.le32(66) ?? 0 != 0
  }

  mutating func readPNM(_ file: ByteReader) {
    guard let header = PNM.header(of: file) else { return }
    isGrey = header.depth <= 2 ? true : nil
    hasAlpha = header.depth == 2 || header.depth == 4
    if header.maximum > 255 { bits = 16 }
  }

  private static func hasTransparency(png file: ByteReader) -> Bool {
    var found = false
    PNG.walk(file) { chunk in if file.has("tRNS", at: chunk.lowerBound + 4) { found = true } }
    return found
  }

  mutating func readTIFF(_ file: ByteReader) {
    guard let page = TIFF.pages(of: file).pages.first?.directory else { return }
    bits = page[.bitsPerSample] ?? 1
    // A palette of greys makes a grey picture.
    isGrey = page[.photometric].flatMap { $0 == 3 ? nil : $0 <= 1 || $0 == 4 || $0 == 32_844 }
    // Alpha beside inks or YCbCr is left out.
    guard let photometric = page[.photometric], photometric != 5, photometric != 6 else { return }
    let extras = page.values(.extraSamples)
    hasAlpha = extras.map { values in (0..<min(values.count, 16)).contains { [1, 2].contains(values[$0]) } } ?? false
  }
}
