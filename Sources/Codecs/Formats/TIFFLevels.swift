import Recognition

// Pyramids: smaller versions of a page in its subdirectories (OME, libtiff's tools), or in the directories after it
// (cloud-optimised GeoTIFF).
extension TIFF {
  /// The levels of a page that can stand for it, the smallest first.
  static func levels(of page: Page, in chain: [TIFFDirectory]) -> [PictureLevel] {
    let directory = page.directory
    guard let size = directory.size else { return [] }
    var found = directory.subdirectories
    if let place = chain.firstIndex(where: { $0.offset == directory.offset }) {
      found += chain[(place + 1)...].prefix { $0.isReduced || $0.isMask }
    }
    return found.compactMap { level in
      guard level.isReduced, !level.isMask, let small = level.size, isLike(level, directory),
        hasShape(small, of: size), (try? checkData(of: level)) != nil, let bytes = try? bufferBytes(of: level, small)
      else { return nil }
      return PictureLevel(
        size: PixelSize(width: small.width, height: small.height), directory: level.offset, libraryBytes: bytes)
    }.sorted { ($0.size.width, $0.size.height) < ($1.size.width, $1.size.height) }
  }

  /// Whether samples mean the same in both. More than 8 bits are scaled by what the picture holds, which may differ in
  /// a level; the mean of pixels with one bit is no sample of one bit.
  private static func isLike(_ level: TIFFDirectory, _ full: TIFFDirectory) -> Bool {
    let tags: [TIFFDirectory.Tag] = [.photometric, .samplesPerPixel, .bitsPerSample, .sampleFormat, .extraSamples]
    return tags.allSatisfy { level[$0] == full[$0] } && full[.bitsPerSample] == 8 && (full[.sampleFormat] ?? 1) == 1
      && full[.photometric] != 3
  }

  /// Whether a size is a larger one reduced by some factor, to within a pixel.
  private static func hasShape(_ small: (width: Int, height: Int), of full: (width: Int, height: Int)) -> Bool {
    guard small.width < full.width, small.height < full.height, full.width <= 1 << 30, full.height <= 1 << 30 else {
      return false
    }
    return abs(small.width * full.height - small.height * full.width) <= full.width + full.height
  }
}
