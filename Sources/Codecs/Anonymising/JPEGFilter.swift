import Recognition

/// The segments and scans of a JPEG that a copy keeps. What follows the end of the picture, as phones append films, depth
/// maps and further pictures, is not kept.
struct JPEGFilter {
  /// SOI and the segments of metadata, filtered.
  private(set) var head: [UInt8] = [0xFF, 0xD8]
  private(set) var removed: RemovedMetadata = []
  /// Parts of the file that hold the picture as it is; nil if they do not follow the syntax, so that viewers may show
  /// something else than what was recognised.
  private(set) var picture: [Range<Int>]?

  private let file: ByteReader
  private let strips: Bool
  private var hasExif = false
  private var hasXMP = false

  init(_ file: ByteReader, strips: Bool) {
    self.file = file
    self.strips = strips
    var end = 2
    var tables: [Range<Int>] = []
    for segment in JPEGSegments(file) {
      let next = segment.offset + 4 + segment.body.count
      if (0xE0...0xEF).contains(segment.marker) || segment.marker == 0xFE {
        filter(segment.marker, segment.body)
      } else {
        tables.append(segment.offset..<next)
      }
      end = next
    }
    picture = scans(from: end).map { tables + $0 }
  }

  // MARK: Segments

  private mutating func filter(_ marker: Int, _ body: ByteReader) {
    switch marker {
    case 0xE0 where body.has("JFIF\0"):
      // Without its thumbnail.
      if body.u8(12) ?? 0 != 0 { removed.insert(.thumbnails) }
      if body.count >= 12 { append(marker, Array(body[0..<12].bytes) + [0, 0]) }
    case 0xE0 where body.has("JFXX\0"): removed.insert(.thumbnails)
    case 0xE1 where body.has("Exif\0\0"): filterExif(body)
    case 0xE1 where body.has("http://ns.adobe.com/xap/1.0/\0"): filterXMP(body)
    case 0xE2 where body.has("ICC_PROFILE\0"), 0xEE where body.has("Adobe"): append(marker, Array(body.bytes))
    // Further pictures: their directory, and Kodak's and FlashPix's previews.
    case 0xE2 where body.has("MPF\0"), 0xE2 where body.has("FPXR\0"): removed.insert(.thumbnails)
    case 0xED where body.has(PhotoshopFilter.identifier): filterPhotoshop(body)
    case 0xFE: if !strips { append(marker, Array(body.bytes)) }
    default: removed.insert(.makerData)
    }
  }

  private mutating func append(_ marker: Int, _ body: [UInt8]) {
    let length = body.count + 2
    guard length <= 65_535 else {
      removed.insert(.unreadable)
      return
    }
    head += [0xFF, UInt8(marker), UInt8(length >> 8), UInt8(length & 255)] + body
  }

  private mutating func filterExif(_ body: ByteReader) {
    // The first one counts.
    guard !hasExif, let found = ExifFilter.filtered(body, strips: strips) else {
      removed.insert(.unreadable)
      return
    }
    hasExif = true
    removed.formUnion(found.removed)
    append(0xE1, Array("Exif\0\0".utf8) + found.exif)
  }

  private mutating func filterXMP(_ body: ByteReader) {
    guard !hasXMP, let found = XMPFilter.filtered(body[from: 29]) else {
      removed.insert(.unreadable)
      return
    }
    hasXMP = true
    removed.formUnion(found.removed)
    if !strips { append(0xE1, Array(body[0..<29].bytes) + found.bytes) }
  }

  private mutating func filterPhotoshop(_ body: ByteReader) {
    guard let found = PhotoshopFilter.filtered(body[from: PhotoshopFilter.identifier.utf8CodeUnitCount]) else {
      removed.insert(.unreadable)
      return
    }
    removed.formUnion(found.removed)
    if !strips, !found.bytes.isEmpty { append(0xED, Array("Photoshop 3.0\0".utf8) + found.bytes) }
  }

  // MARK: Scans

  /// Scans and the tables between them, up to the end of the picture.
  private mutating func scans(from start: Int) -> [Range<Int>]? {
    var ranges: [Range<Int>] = []
    var at = start
    var hasScan = false
    while true {
      while file.u8(at) == 0xFF, file.u8(at + 1) == 0xFF { at += 1 }
      guard file.u8(at) == 0xFF, let marker = file.u8(at + 1) else { return nil }
      if marker == 0xD9 {
        if file.count > at + 2 { removed.insert(.makerData) }
        return hasScan ? ranges + [at..<at + 2] : nil
      }
      guard marker >= 0xC0, !(0xD0...0xD8).contains(marker), let length = file.be16(at + 2), length >= 2,
        length <= file.count - at - 2
      else { return nil }
      var end = at + 2 + length
      let isMetadata = (0xE0...0xEF).contains(marker) || marker == 0xFE
      if marker == 0xDA {
        hasScan = true
        guard let next = endOfScan(from: end) else { return nil }
        end = next
      }
      if !isMetadata { ranges.append(at..<end) }
      at = end
    }
  }

  /// The offset of the marker behind the data of a scan.
  private func endOfScan(from start: Int) -> Int? {
    var at = start
    while let found = file.next(0xFF, from: at), let code = file.u8(found + 1) {
      if code != 0, code != 0xFF, !(0xD0...0xD7).contains(code) { return found }
      at = code == 0xFF ? found + 1 : found + 2
    }
    return nil
  }
}
