import Recognition

/// What a camera raw file (NEF, CR2, ARW, DNG and others) states of itself, as far as its container is known: the size
/// and orientation of the camera's picture, and where JPEGs are embedded.
///
/// The pictures that cameras embed are read through the JPEG decoder. The sensor's data are not decoded here.
struct CameraRaw {
  /// Number of embedded JPEGs that are examined.
  private static let maxCandidates = 32
  /// Number of beginnings of JPEGs that a search examines.
  private static let maxTrials = 1024
  /// Embedded pictures below these sides are no pictures.
  private static let minPreviewSide = 16

  var kind: CameraRawKind?
  var orientation: Orientation?
  /// Size of the camera's picture in the sensor's orientation, as the file states it.
  var size: PixelSize?
  /// Whether `size` is meant for the finished picture: a preview of almost this size does not replace it.
  var sizeIsExact = false
  /// Whether the sensor's data extend past the end of the file.
  var isCut = false
  /// Where the fields say that JPEGs are.
  private(set) var candidates: [Range<Int>] = []

  static func isRaw(_ file: ByteReader) -> Bool { hasSignature(file) || TIFFStream(file).map(holdsSensor) == true }

  init(_ file: ByteReader) {
    if file.has("ftypcrx ", at: 4) {
      readCR3(file)
    } else if file.has("FUJIFILMCCD-RAW") {
      readRAF(file)
    } else if file.has("FOVb") {
      readX3F(file)
    } else if file.has("\0MRM") {
      readMRW(file)
    } else if Self.isIIQ(file) {
      readIIQ(file)
    } else if file.has("HEAPCCDR", at: 6) {
      readCRW(file)
    } else {
      readTIFF(file)
    }
  }

  mutating func add(_ offset: Int?, _ count: Int?) {
    guard let offset, let count, offset >= 0, count > 0, candidates.count < Self.maxCandidates else { return }
    let (end, overflow) = offset.addingReportingOverflow(count)
    candidates.append(offset..<(overflow ? Int.max : end))
  }

  /// Sets the size unless one is known or a side is nothing.
  mutating func setSize(_ width: Int?, _ height: Int?) {
    guard size == nil, let width, let height, width > 0, height > 0, width <= 1 << 20, height <= 1 << 20 else { return }
    size = PixelSize(width: width, height: height)
  }

  /// The embedded pictures, the largest first; a JPEG of a sensor's data is none. Where the fields name no picture of
  /// use, the file is searched for the beginnings of JPEGs.
  func previews(in file: ByteReader) -> [(range: Range<Int>, frame: JPEGFrame)] {
    let named = Self.pictures(candidates, in: file)
    if let largest = named.first, max(largest.frame.width, largest.frame.height) >= CameraRawPicture.smallSide {
      return named
    }
    // Fields name all previews of a DNG; what else is found may be a tile of its sensor's data.
    if kind == .dng { return named }
    let found = Self.pictures(Self.search(file, limit: Self.maxCandidates), in: file)
    return (named + found).sorted { $0.frame.width * $0.frame.height > $1.frame.width * $1.frame.height }
  }

  private static func pictures(_ ranges: [Range<Int>], in file: ByteReader)
    -> [(range: Range<Int>, frame: JPEGFrame)]
  {
    ranges.compactMap { range in
      let range = range.clamped(to: 0..<file.count)
      guard let frame = JPEGFrame(file[range]), !frame.isLossless, !frame.isNearLossless, frame.precision == 8,
        frame.components == 1 || frame.components == 3, min(frame.width, frame.height) >= minPreviewSide
      else { return nil }
      return (range, frame)
    }.sorted { $0.frame.width * $0.frame.height > $1.frame.width * $1.frame.height }
  }

  /// The beginnings of JPEGs whose frame follows; a JPEG ends with the file at the latest.
  private static func search(_ file: ByteReader, limit: Int) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    var trials = 0
    while found.count < limit, trials < maxTrials, let start = file.next(0xFF, from: at) {
      at = start + 1
      guard file.u8(start + 1) == 0xD8, file.u8(start + 2) == 0xFF, let marker = file.u8(start + 3), marker >= 0xC0
      else { continue }
      trials += 1
      if JPEGFrame(file[from: start]) != nil { found.append(start..<file.count) }
    }
    return found
  }
}

// Recognition.
extension CameraRaw {
  /// Directories of the main chain that are looked at.
  static let maxDirectories = 32

  /// Signatures that no other format has.
  private static func hasSignature(_ file: ByteReader) -> Bool {
    // Olympus, Panasonic and Leica have numbers of their own in place of TIFF's 42.
    if ["IIRO", "IIRS", "MMOR", "IIU\0"].contains(where: { file.has($0) }) { return true }
    if file.has("FUJIFILMCCD-RAW") || file.has("FOVb") || file.has("\0MRM") { return true }
    if file.has("II"), file.has("HEAPCCDR", at: 6) { return true }
    if file.has("ftypcrx ", at: 4) { return true }
    guard file.has("II*\0") || file.has("MM\0*") else { return false }
    return isCR2(file) || isIIQ(file)
  }

  /// Canon's CR2 has its version after the header of TIFF.
  static func isCR2(_ file: ByteReader) -> Bool {
    (file.has("II*\0") || file.has("MM\0*")) && file.has("CR\u{2}", at: 8) && file.has("\u{10}\0\0\0", at: 4)
  }

  /// Phase One's IIQ has a header of its own after that of TIFF.
  static func isIIQ(_ file: ByteReader) -> Bool {
    // A letter of the variant is before or after the word.
    file.has("IIII", at: 8) && (file.has("waR", at: 12) || file.has("waR", at: 13))
      || file.has("MMMMRaw", at: 8)
  }

  private static func holdsSensor(_ stream: TIFFStream) -> Bool {
    let chain = stream.chain(limit: maxDirectories).directories
    for directory in chain {
      if directory.holdsSensorData { return true }
      for inner in directory.subdirectories {
        if inner.holdsSensorData || inner.subdirectories.contains(where: \.holdsSensorData) { return true }
      }
    }
    // The field alone proves nothing: programs copy it to the TIFF that they make of a DNG.
    guard let first = chain.first else { return false }
    return first.isReduced && first.values(.dngVersion) != nil
  }
}

extension TIFFDirectory {
  /// Whether the directory describes what the sensor recorded.
  var holdsSensorData: Bool {
    // Colour filter array, linear raw.
    if let photometric = self[.photometric], photometric == 32_803 || photometric == 34_892 { return true }
    // Compressions of Sony, Nikon, Samsung and Kodak; of Pentax and again Kodak.
    return [32_767, 32_770, 34_713, 65_000, 65_535].contains(self[.compression])
  }
}
