import Recognition

/// Finds where an image ends in bytes that arrive piece by piece.
struct ImageEndScanner {
  /// Bytes before it need not be looked at again.
  private(set) var position: Int

  private let format: ImageFormat
  /// JPEG: whether `position` is among the coded bits of a scan.
  private var isInScan = false
  /// JPEG: images of the file that are still to come. Phones append depth maps and gain maps to a photo.
  private var furtherImages = 0
  private var isInFirstImage = true
  /// The end, once the header has given it.
  private var knownEnd: Int?
  /// The format has no end, or the bytes do not keep to it.
  private var isUnbounded = false

  init(_ format: ImageFormat) {
    self.format = format
    // After the signature.
    position = format == .jpeg ? 2 : format == .png ? 8 : 0
  }

  /// Accounts for `count` bytes that were taken from the front, all before `position`.
  mutating func drop(_ count: Int) {
    position -= count
    knownEnd = knownEnd.map { $0 - count }
  }

  /// Returns the number of bytes of the image; nil if more of them are needed. At the end of the stream (`isComplete`)
  /// that is all of them.
  mutating func end(in bytes: [UInt8], isComplete: Bool) -> Int? {
    let found: Int? =
      if isUnbounded || knownEnd != nil {
        knownEnd
      } else {
        switch format {
        case .jpeg: endOfJPEG(bytes)
        case .png: endOfPNG(bytes)
        case .bmp: endOfBMP(bytes)
        case .webp: endOfWebP(bytes)
        case .pnm: endOfPNM(bytes)
        case .tiff, .jpeg2000, .dicom, .gif, .avif, .heic, .jpegxl, .psd, .exr, .hdr, .ico, .svg, .pdf, .raw:
          unbounded()
        }
      }
    if isUnbounded || knownEnd != nil { position = min(knownEnd ?? bytes.count, bytes.count) }
    if let found, found <= bytes.count { return found }
    return isComplete ? bytes.count : nil
  }

  private mutating func unbounded() -> Int? {
    isUnbounded = true
    return nil
  }

  // MARK: JPEG

  private mutating func endOfJPEG(_ bytes: [UInt8]) -> Int? {
    while position + 1 < bytes.count {
      if isInScan {
        guard bytes[position] == 0xff else {
          position += 1
          continue
        }
        switch bytes[position + 1] {
        case 0, 0xd0...0xd7: position += 2
        case 0xff: position += 1
        default: isInScan = false
        }
        continue
      }
      guard bytes[position] == 0xff else { return unbounded() }
      switch bytes[position + 1] {
      case 0xff: position += 1
      case 0x01, 0xd0...0xd7: position += 2
      case 0xd8:
        guard position + 2 < bytes.count else { return nil }
        // The image was cut, and the next one begins.
        if bytes[position + 2] == 0xff { return position }
        position += 2
        isInScan = true
      case 0xd9:
        let end = position + 2
        guard furtherImages > 0 else { return end }
        guard bytes.count >= end + 3 else { return nil }
        guard bytes[end...].starts(with: [0xff, 0xd8, 0xff]) else { return end }
        furtherImages -= 1
        isInFirstImage = false
        position = end + 2
      case let marker:
        guard let length = Self.big(bytes, position + 2, 2) else { return nil }
        guard length >= 2 else { return unbounded() }
        let end = position + 2 + length
        if marker == 0xe2, isInFirstImage, furtherImages == 0 {
          guard bytes.count >= end else { return nil }
          furtherImages = Self.imageCount(bytes[(position + 4)..<end]) - 1
        }
        isInScan = marker == 0xda
        position = end
      }
    }
    return nil
  }

  /// The number of images in the file that a segment of CIPA DC-007 (Multi-Picture Format) states; 1 if it is none.
  private static func imageCount(_ segment: ArraySlice<UInt8>) -> Int {
    let mark = Array("MPF\0".utf8)
    let tiff = Array(segment.dropFirst(mark.count))
    guard segment.starts(with: mark), tiff.count >= 8 else { return 1 }
    let isBig = tiff[0] == 0x4d
    func number(_ at: Int, _ count: Int) -> Int? { isBig ? big(tiff, at, count) : little(tiff, at, count) }
    guard let directory = number(4, 4), let entries = number(directory, 2) else { return 1 }
    for entry in 0..<min(entries, 64) {
      let at = directory + 2 + 12 * entry
      if number(at, 2) == 0xb001 { return min(max(number(at + 8, 4) ?? 1, 1), 64) }
    }
    return 1
  }

  // MARK: Others

  private mutating func endOfPNG(_ bytes: [UInt8]) -> Int? {
    while let length = Self.big(bytes, position, 4), position + 8 <= bytes.count {
      let isLast = bytes[(position + 4)...].starts(with: Array("IEND".utf8))
      position += 12 + length
      if isLast { return ending(at: position) }
    }
    return nil
  }

  private mutating func endOfBMP(_ bytes: [UInt8]) -> Int? {
    guard let size = Self.little(bytes, 2, 4) else { return nil }
    // Some writers leave it 0.
    return size >= 26 ? ending(at: size) : unbounded()
  }

  private mutating func endOfWebP(_ bytes: [UInt8]) -> Int? {
    guard let size = Self.little(bytes, 4, 4) else { return nil }
    return ending(at: 8 + size + size % 2)
  }

  /// Binary PNM: P4, P5 and P6. The others have no length of their own.
  private mutating func endOfPNM(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 3 else { return nil }
    let kind = bytes[1]
    guard (0x34...0x36).contains(kind) else { return unbounded() }
    var numbers: [Int] = []
    var index = 2
    while numbers.count < (kind == 0x34 ? 2 : 3) {
      while index < bytes.count, bytes[index] == 0x23 || bytes[index] <= 0x20 {
        if bytes[index] == 0x23 { while index < bytes.count, bytes[index] != 0x0a { index += 1 } } else { index += 1 }
      }
      let digits = bytes[index...].prefix(10).prefix { (0x30...0x39).contains($0) }
      index += digits.count
      guard index < bytes.count else { return nil }
      guard !digits.isEmpty, digits.count < 10 else { return unbounded() }
      numbers.append(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }
    // One space after the last number.
    let (start, width, height) = (index + 1, numbers[0], numbers[1])
    guard kind != 0x34 else { return ending(at: start + (width + 7) / 8 * height) }
    let sample = numbers[2] > 255 ? 2 : 1
    return ending(at: start + width * height * sample * (kind == 0x36 ? 3 : 1))
  }

  private mutating func ending(at end: Int) -> Int {
    knownEnd = end
    return end
  }

  private static func big(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int? {
    guard at >= 0, at + count <= bytes.count else { return nil }
    return bytes[at..<(at + count)].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func little(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int? {
    guard at >= 0, at + count <= bytes.count else { return nil }
    return bytes[at..<(at + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
