/// The frame of a TIFF file, classic or big, read within the bounds of the file.
struct TIFFStream {
  let file: ByteReader
  let bigEndian: Bool
  /// BigTIFF: counts and offsets of 64 bits.
  let isBig: Bool
  /// Offset of the first directory.
  let firstDirectory: Int

  /// Nil unless the file begins with "II*\0" or "MM\0*" (43 in place of 42 for BigTIFF) and points past its header.
  init?(_ file: ByteReader) {
    let bigEndian = file.has("MM")
    guard bigEndian || file.has("II"), let version = file.number(2, size: 2, bigEndian: bigEndian),
      version == 42 || version == 43
    else { return nil }
    if version == 43 {
      guard file.number(4, size: 2, bigEndian: bigEndian) == 8, file.number(6, size: 2, bigEndian: bigEndian) == 0
      else {
        return nil
      }
    }
    let isBig = version == 43
    guard let first = file.number(isBig ? 8 : 4, size: isBig ? 8 : 4, bigEndian: bigEndian), first >= 8 else {
      return nil
    }
    self.file = file
    self.bigEndian = bigEndian
    self.isBig = isBig
    firstDirectory = first
  }

  /// A stream with the frame of TIFF and any number in place of 42, as cameras' makers choose it.
  init?(cameraRaw file: ByteReader) {
    if let stream = TIFFStream(file) {
      self = stream
      return
    }
    let bigEndian = file.has("MM")
    guard bigEndian || file.has("II"), let first = file.number(4, size: 4, bigEndian: bigEndian), first >= 8 else {
      return nil
    }
    self.init(file, bigEndian: bigEndian, firstDirectory: first)
  }

  /// A classic stream without a header of its own.
  init(_ file: ByteReader, bigEndian: Bool, firstDirectory: Int) {
    self.file = file
    self.bigEndian = bigEndian
    isBig = false
    self.firstDirectory = firstDirectory
  }

  func number(_ at: Int, _ size: Int) -> Int? { file.number(at, size: size, bigEndian: bigEndian) }

  /// Nil if the directory is not wholly within the file.
  func directory(at offset: Int) -> TIFFDirectory? { TIFFDirectory(self, at: offset) }

  /// The directories of the main chain, at most `limit`. A chain that loops ends there; `isCut` if a directory is not
  /// within the file.
  func chain(limit: Int) -> (directories: [TIFFDirectory], isCut: Bool) {
    var found: [TIFFDirectory] = []
    var seen: Set<Int> = []
    var at = firstDirectory
    while at != 0, found.count < limit, seen.insert(at).inserted {
      guard let directory = directory(at: at) else { return (found, true) }
      found.append(directory)
      at = directory.next
    }
    return (found, false)
  }
}

/// One directory: its entries are looked up in the file, nothing is copied.
struct TIFFDirectory {
  /// The field tags that are read, by their names in the standard.
  enum Tag: Int {
    case newSubfileType = 254
    case subfileType = 255
    // Panasonic's raw files: the picture's edges on the sensor, and the camera's JPEG.
    case panasonicTop = 4
    case panasonicLeft = 5
    case panasonicBottom = 6
    case panasonicRight = 7
    case panasonicJPEG = 46
    /// Within Nikon's own field: the directory of the preview.
    case nikonPreview = 17
    case imageWidth = 256
    case imageLength = 257
    case bitsPerSample = 258
    case compression = 259
    case photometric = 262
    case make = 271
    case model = 272
    case stripOffsets = 273
    case orientation = 274
    case samplesPerPixel = 277
    case rowsPerStrip = 278
    case stripByteCounts = 279
    case planarConfiguration = 284
    case tileWidth = 322
    case tileLength = 323
    case tileOffsets = 324
    case tileByteCounts = 325
    case subIFDs = 330
    case extraSamples = 338
    case jpegOffset = 513
    case jpegLength = 514
    case exifIFD = 34665
    case makerNote = 37500
    case exifWidth = 40962
    case exifHeight = 40963
    case sampleFormat = 339
    case dngVersion = 50706
    case defaultCropSize = 50720
    case activeArea = 50829
  }

  /// The values of a field, in the entry or elsewhere in the file.
  struct Values {
    let stream: TIFFStream
    /// The type of the standard, such as 5 for fractions.
    let type: Int
    let count: Int
    let size: Int
    let offset: Int

    /// The value at `index`; nil outside the field or the file.
    subscript(index: Int) -> Int? {
      guard index >= 0, index < count, offset <= stream.file.count else { return nil }
      return stream.number(offset + index * size, size)
    }

    /// The offset of the value at `index` in the file.
    func offset(of index: Int) -> Int { offset + index * size }
  }

  private static let maxEntries = 4096

  let stream: TIFFStream
  let offset: Int
  /// Offset of the next directory; 0 after the last.
  let next: Int
  private let count: Int

  fileprivate init?(_ stream: TIFFStream, at offset: Int) {
    let countSize = stream.isBig ? 8 : 2
    guard offset >= 8, offset <= stream.file.count, let count = stream.number(offset, countSize),
      count > 0, count <= 65_535
    else { return nil }
    let end = offset + countSize + count * (stream.isBig ? 20 : 12)
    guard end <= stream.file.count else { return nil }
    self.stream = stream
    self.offset = offset
    self.count = min(count, Self.maxEntries)
    // Some writers leave out the last link.
    next = stream.number(end, stream.isBig ? 8 : 4) ?? 0
  }

  /// The first value of a field; nil if the field is absent.
  subscript(tag: Tag) -> Int? { values(tag)?[0] }

  func values(_ tag: Tag) -> Values? { values(number: tag.rawValue) }

  /// The values of a field by the number of its tag: makers' own fields have other meanings for the standard's numbers.
  func values(number tag: Int) -> Values? {
    let entrySize = stream.isBig ? 20 : 12
    let first = offset + (stream.isBig ? 8 : 2)
    for entry in stride(from: first, to: first + count * entrySize, by: entrySize) {
      guard stream.number(entry, 2) == tag else { continue }
      return values(ofEntry: entry)
    }
    return nil
  }

  private func values(ofEntry entry: Int) -> Values? {
    let width = stream.isBig ? 8 : 4
    guard let type = stream.number(entry + 2, 2), let count = stream.number(entry + 4, width) else { return nil }
    let size =
      switch type {
      case 3, 8: 2
      case 4, 9, 11, 13: 4
      case 5, 10, 12, 16, 17, 18: 8
      default: 1
      }
    let inside = entry + 4 + width
    let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
    if !overflow, bytes <= width { return Values(stream: stream, type: type, count: count, size: size, offset: inside) }
    guard let outside = stream.number(inside, width), outside <= stream.file.count else { return nil }
    // What lies outside the file is not there, whatever the entry claims.
    return Values(
      stream: stream, type: type, count: min(count, (stream.file.count - outside) / size), size: size, offset: outside)
  }

  /// The whole numbers of a field, at most 16, fractions rounded down; nil if the field is absent or leaves the file.
  func numbers(_ tag: Tag) -> [Int]? {
    guard let values = values(tag) else { return nil }
    var numbers: [Int] = []
    for index in 0..<min(values.count, 16) {
      guard values.type == 5 else {
        guard let value = values[index] else { return nil }
        numbers.append(value)
        continue
      }
      let at = values.offset(of: index)
      guard let numerator = stream.number(at, 4), let denominator = stream.number(at + 4, 4), denominator > 0 else {
        return nil
      }
      numbers.append(numerator / denominator)
    }
    return numbers
  }

  /// A field of text up to its first NUL, at most 64 bytes; empty if it is absent.
  func text(_ tag: Tag) -> String {
    guard let values = values(tag), values.size == 1 else { return "" }
    let bytes = stream.file[values.offset..<values.offset + min(values.count, 64)].bytes
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Width and height; nil if one is absent or zero.
  var size: (width: Int, height: Int)? {
    guard let width = self[.imageWidth], let height = self[.imageLength], width > 0, height > 0 else { return nil }
    return (width, height)
  }

  /// Width times height; 0 if there is no size.
  var area: Int {
    guard let size else { return 0 }
    let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
    return overflow ? Int.max : area
  }

  /// Whether the directory holds a smaller version of another picture.
  var isReduced: Bool { self[.newSubfileType].map { $0 & 1 != 0 } ?? (self[.subfileType] == 2) }

  /// Whether the directory holds the transparency mask of another picture.
  var isMask: Bool { self[.newSubfileType].map { $0 & 4 != 0 } ?? false }

  /// The directories that the field SubIFDs names, at most 16.
  var subdirectories: [TIFFDirectory] {
    guard let offsets = values(.subIFDs) else { return [] }
    return (0..<min(offsets.count, 16)).compactMap { offsets[$0].flatMap(stream.directory(at:)) }
  }
}
