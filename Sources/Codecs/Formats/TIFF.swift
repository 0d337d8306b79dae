import Recognition

/// The pages of a TIFF, by their directories.
enum TIFF {
  /// Number of pages that are counted; more are reported as at least this number.
  static let maxPages = 4096

  /// Bytes of a row or tile that are allowed beyond four times the picture's own.
  private static let spareBlockBytes = 64 << 20

  /// Bytes of a strip up to which it is read as a whole; the same number is in tiff_plan.c.
  private static let largestStripBytes = 8 << 20

  /// Whether a file begins as a TIFF or BigTIFF and is no camera raw file.
  static func isTIFF(_ file: ByteReader) -> Bool { TIFFStream(file) != nil && !CameraRaw.isRaw(file) }

  /// The header of page `page`, from 0.
  ///
  /// Throws `truncated`, `corrupt` (also for a page that the file does not have).
  static func header(of file: ByteReader, page: Int = 0) throws(Failure) -> ImageHeader {
    let found = pages(of: file)
    let pages = found.pages
    guard !pages.isEmpty else { throw Failure(.decode, .truncated, "tiff: the directory is outside the file") }
    guard pages.indices.contains(page) else {
      throw Failure(.decode, .corrupt, "tiff: no page \(page + 1), there are \(pages.count)")
    }
    let directory = pages[page].directory
    guard let size = directory.size else { throw Failure(.decode, .corrupt, "tiff: no size") }
    var header = ImageHeader(
      format: .tiff, storedSize: PixelSize(width: size.width, height: size.height),
      orientation: pages[page].orientation)
    if page == 0 {
      if pages.count > 1 { header.warnings.append("tiff: \(pages.count) pages, the first is read") }
      if found.isCut { header.warnings.append("tiff: the directory after page \(pages.count) is outside the file") }
    }
    header.page = page
    header.pages = pages.count
    do throws(Failure) {
      if directory.isReduced {
        // A raw file that is cut before its sensor's data has its thumbnail left.
        if found.isCut || directory.subdirectories.count < min(directory.values(.subIFDs)?.count ?? 0, 16) {
          throw Failure(.decode, .truncated, "tiff: the directory of the full picture is outside the file")
        }
        header.warnings.append("tiff: the picture is a reduced version, the full one is not in the file")
      }
      header.libraryBytes = try bufferBytes(of: directory, size)
      header.levels = levels(of: pages[page], in: found.chain)
      try checkData(of: directory)
    } catch {
      header.fault = error
    }
    return header
  }

  /// Offset of the directory of page `page`, from 0; nil if there is no such page.
  static func directoryOffset(of file: ByteReader, page: Int) -> Int? {
    let pages = pages(of: file).pages
    return pages.indices.contains(page) ? pages[page].directory.offset : nil
  }

  /// The directories of the main chain that are pictures of their own: reduced versions (thumbnails, levels of a
  /// pyramid) and masks are not, unless the file has nothing else. A directory with a larger picture in a subdirectory,
  /// as a thumbnail has it, stands for that one. `isCut` if the chain leaves the file.
  static func pages(of file: ByteReader) -> (pages: [Page], chain: [TIFFDirectory], isCut: Bool) {
    guard let (chain, isCut) = TIFFStream(file)?.chain(limit: maxPages) else { return ([], [], false) }
    var pages: [Page] = []
    for directory in chain where !directory.isMask {
      let full = directory.subdirectories.filter { !$0.isReduced && !$0.isMask }.max { $0.area < $1.area }
      if let full, full.area > directory.area {
        pages.append(Page(full, of: directory))
      } else if !directory.isReduced {
        pages.append(Page(directory))
      }
    }
    return (pages.isEmpty ? chain.map { Page($0) } : pages, chain, isCut)
  }

  struct Page {
    let directory: TIFFDirectory
    let orientation: Orientation?

    /// A directory of the main chain, or a subdirectory of `parent`, whose orientation holds for both.
    fileprivate init(_ directory: TIFFDirectory, of parent: TIFFDirectory? = nil) {
      self.directory = directory
      orientation = (directory[.orientation] ?? parent?[.orientation]).flatMap(Orientation.init(rawValue:))
    }
  }
}

// What decoding needs, by the header.
extension TIFF {
  /// Bytes that libtiff and the conversion hold at once beside the picture.
  static func bufferBytes(of directory: TIFFDirectory, _ size: (width: Int, height: Int)) throws(Failure)
    -> Int
  {
    let samples = directory[.samplesPerPixel] ?? 1
    let bits = directory[.bitsPerSample] ?? 1
    guard samples > 0, samples <= 65_535, bits > 0, bits <= 64 else {
      let code: Failure.Code = samples == 0 || bits == 0 ? .corrupt : .unsupported
      throw Failure(.decode, code, "tiff: \(samples) samples of \(bits) bits")
    }
    let isPlanar = directory[.planarConfiguration] == 2
    let pixelBits = bits * (isPlanar ? 1 : samples)
    let tile = directory[.tileWidth].map { (width: $0, height: directory[.tileLength] ?? 0) }
    if let tile, tile.width <= 0 || tile.height <= 0 {
      throw Failure(.decode, .corrupt, "tiff: tiles without a size")
    }
    let rows = min(directory[.rowsPerStrip] ?? size.height, size.height)
    // The picture is read by rows, small strips or tiles, but these codecs decode a strip as a whole, and subsampled colour is
    // converted by the strip: LERC, WebP, Zstandard, LZMA (up to their windows), PixarLog, old JPEG; YCbCr.
    let wholeStrips =
      [6, 32_909, 34_887, 34_925, 50_000, 50_001].contains(directory[.compression])
      || directory[.photometric] == 6 && directory[.compression] != 7
    let block = tile ?? (width: size.width, height: wholeStrips ? max(1, rows) : 1)
    guard let blockBytes = product(block.width, block.height, pixelBits + 32).map({ $0 / 8 }),
      let pictureBytes = product(size.width, size.height, pixelBits + 32).map({ $0 / 8 }),
      blockBytes / 4 <= pictureBytes + spareBlockBytes
    else {
      throw Failure(
        .decode, .unsupported,
        "tiff: \(tile == nil ? "strips" : "tiles") of \(block.width) x \(block.height) pixels of \(pixelBits) bits")
    }
    // Offsets and sizes of all strips or tiles.
    let blocks = (directory.values(.stripOffsets) ?? directory.values(.tileOffsets))?.count ?? 0
    let stripBytes = tile == nil ? product(size.width, max(1, rows), pixelBits).map { $0 / 8 } ?? .max : 0
    return blockBytes * 2 + (stripBytes <= largestStripBytes ? stripBytes : 0) + blocks * 16 + (1 << 20)
  }

  private static func product(_ a: Int, _ b: Int, _ c: Int) -> Int? {
    let (ab, overflow) = a.multipliedReportingOverflow(by: b)
    let (abc, again) = ab.multipliedReportingOverflow(by: c)
    return overflow || again ? nil : abc
  }

  /// Throws `truncated` if no strip or tile lies wholly within the file. If some do not, the decoder
  /// warns.
  static func checkData(of directory: TIFFDirectory) throws(Failure) {
    let fileSize = directory.stream.file.count
    let isTiled = directory.values(.tileOffsets) != nil
    guard let offsets = directory.values(isTiled ? .tileOffsets : .stripOffsets) else {
      // JPEG of the old style has its data elsewhere.
      if directory[.compression] == 6 { return }
      throw Failure(.decode, .corrupt, "tiff: no picture data")
    }
    guard let sizes = directory.values(isTiled ? .tileByteCounts : .stripByteCounts) else { return }
    for i in 0..<min(offsets.count, sizes.count) {
      if let offset = offsets[i], let size = sizes[i], offset <= fileSize, size <= fileSize - offset { return }
    }
    throw Failure(.decode, .truncated, "tiff: premature end of data")
  }
}
