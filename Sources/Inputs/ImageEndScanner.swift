import Recognition

/// Finds where an image ends in bytes that arrive piece by piece.
struct ImageEndScanner {
  /// Bytes before it need not be looked at again.
  private(set) var position: Int

  /// What the bytes so far show.
  enum Ending: Equatable {
    case needsMore
    /// The image ends before this offset, which may be behind the bytes so far.
    case at(Int)
    /// The format has no end, or the bytes do not keep to it.
    case unbounded
  }

  private let format: ImageFormat
  /// JPEG: whether `position` is among the coded bits of a scan. GIF: whether it is at a sub-block.
  private var isInData = false
  /// JPEG: images of the file that are still to come. Phones append depth maps and gain maps to a photo.
  private var furtherImages = 0
  private var isInFirstImage = true
  private var tiff = TIFFExtent()
  private var ending = Ending.needsMore
  /// Bytes of the image that were taken from the front.
  private var dropped = 0

  init(_ format: ImageFormat) {
    self.format = format
    // After the signature.
    position = format == .jpeg ? 2 : format == .png ? 8 : 0
  }

  /// Accounts for `count` bytes that were taken from the front, all before `position`.
  mutating func drop(_ count: Int) {
    position -= count
    dropped += count
    if case .at(let end) = ending { ending = .at(end - count) }
  }

  /// Returns the number of bytes of the image; nil if more of them are needed. At the end of the stream (`isComplete`)
  /// that is all of them.
  mutating func end(in bytes: [UInt8], isComplete: Bool) -> Int? {
    if ending == .needsMore {
      switch format {
      case .jpeg: ending = endOfJPEG(bytes)
      case .png: ending = endOfPNG(bytes)
      case .bmp: ending = Self.endOfBMP(bytes)
      case .webp: ending = Self.endOfWebP(bytes)
      case .pnm: ending = Self.endOfPNM(bytes)
      case .gif: ending = endOfGIF(bytes)
      case .avif, .heic, .jpegxl, .jpeg2000: ending = endOfBoxes(bytes)
      // Its offsets are from the front.
      case .tiff: ending = dropped > 0 ? .unbounded : tiff.end(in: bytes)
      case .dicom, .psd, .exr, .hdr, .ico, .svg, .pdf, .raw: ending = .unbounded
      }
    }
    switch ending {
    case .needsMore: if format == .tiff { position = bytes.count }
    case .unbounded: position = bytes.count
    case .at(let end):
      position = min(end, bytes.count)
      if end <= bytes.count { return end }
    }
    return isComplete ? bytes.count : nil
  }

  // MARK: JPEG

  private mutating func endOfJPEG(_ bytes: [UInt8]) -> Ending {
    while position + 1 < bytes.count {
      if isInData {
        guard bytes[position] == 0xff else {
          position += 1
          continue
        }
        switch bytes[position + 1] {
        case 0, 0xd0...0xd7: position += 2
        case 0xff: position += 1
        default: isInData = false
        }
        continue
      }
      guard bytes[position] == 0xff else { return .unbounded }
      switch bytes[position + 1] {
      case 0xff: position += 1
      case 0x01, 0xd0...0xd7: position += 2
      case 0xd8:
        guard position + 2 < bytes.count else { return .needsMore }
        // The image was cut, and the next one begins.
        if bytes[position + 2] == 0xff { return .at(position) }
        position += 2
        isInData = true
      case 0xd9:
        let end = position + 2
        guard furtherImages > 0 else { return .at(end) }
        guard bytes.count >= end + 3 else { return .needsMore }
        guard bytes[end...].starts(with: [0xff, 0xd8, 0xff]) else { return .at(end) }
        furtherImages -= 1
        isInFirstImage = false
        position = end + 2
      case let marker:
        guard let length = Self.big(bytes, position + 2, 2) else { return .needsMore }
        guard length >= 2 else { return .unbounded }
        let end = position + 2 + length
        if marker == 0xe2, isInFirstImage, furtherImages == 0 {
          guard bytes.count >= end else { return .needsMore }
          furtherImages = Self.imageCount(bytes[(position + 4)..<end]) - 1
        }
        isInData = marker == 0xda
        position = end
      }
    }
    return .needsMore
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

  private mutating func endOfPNG(_ bytes: [UInt8]) -> Ending {
    while let length = Self.big(bytes, position, 4), position + 8 <= bytes.count {
      let isLast = bytes[(position + 4)...].starts(with: Array("IEND".utf8))
      position += 12 + length
      if isLast { return .at(position) }
    }
    return .needsMore
  }

  private mutating func endOfGIF(_ bytes: [UInt8]) -> Ending {
    func tableBytes(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }
    if position + dropped == 0 {
      guard bytes.count > 10 else { return .needsMore }
      position = 13 + tableBytes(bytes[10])
    }
    while position < bytes.count {
      if isInData {
        isInData = bytes[position] != 0
        position += 1 + Int(bytes[position])
        continue
      }
      switch bytes[position] {
      case 0x2C:
        guard position + 9 < bytes.count else { return .needsMore }
        // The descriptor, its colours, and the length of the first code.
        position += 10 + tableBytes(bytes[position + 9]) + 1
        isInData = true
      case 0x21:
        position += 2
        isInData = true
      case 0x3B: return .at(position + 1)
      // The trailer is missing.
      default: return .at(position)
      }
    }
    return .needsMore
  }

  /// A file of boxes ends where one begins that is the first of another file, and at what is no box.
  private mutating func endOfBoxes(_ bytes: [UInt8]) -> Ending {
    let firsts = ["ftyp", "JXL ", "jP  "].map { Array($0.utf8) }
    while position + 16 <= bytes.count {
      let kind = bytes[position + 4..<position + 8]
      let offset = position + dropped
      // A signature of 12 bytes may be before the box of brands.
      if offset > 12, firsts.contains(where: { kind.elementsEqual($0) }) { return .at(position) }
      // The header of a PNM would be that of a box, as both are text.
      if bytes[position] == 0x50, (0x31...0x37).contains(bytes[position + 1]), bytes[position + 2] <= 0x20 {
        return .at(position)
      }
      let isBox = kind.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0xA9 }
      guard isBox, let stated = Self.big(bytes, position, 4) else {
        return offset == 0 ? .unbounded : .at(position)
      }
      switch stated {
      case 0: return .unbounded
      case 1:
        guard let high = Self.big(bytes, position + 8, 4), high < 1 << 20, let low = Self.big(bytes, position + 12, 4)
        else { return .unbounded }
        let size = high << 32 | low
        guard size >= 16 else { return .unbounded }
        position += size
      case 8...: position += stated
      default: return offset == 0 ? .unbounded : .at(position)
      }
    }
    return .needsMore
  }

  static func big(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int? {
    guard at >= 0, at + count <= bytes.count else { return nil }
    return bytes[at..<(at + count)].reduce(0) { $0 << 8 | Int($1) }
  }

  static func little(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int? {
    guard at >= 0, at + count <= bytes.count else { return nil }
    return bytes[at..<(at + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
