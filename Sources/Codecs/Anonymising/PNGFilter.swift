import CPNG
import Recognition

/// The chunks of a PNG that a copy keeps.
struct PNGFilter {
  /// Ancillary chunks, filtered, as they are in a file.
  private(set) var chunks: [UInt8] = []
  private(set) var removed: RemovedMetadata = []
  /// Critical chunks and that of transparency.
  private(set) var picture: [Range<Int>] = []
  /// Chunks whose form depends on the kind of the samples.
  private var formChunks: [UInt8] = []

  private let strips: Bool

  /// Chunks of colours and resolution, which hold neither text nor pictures.
  private static let plain: [StaticString] = [
    "cHRM", "gAMA", "iCCP", "sRGB", "cICP", "mDCV", "cLLI", "pHYs", "tIME", "sPLT",
  ]

  init(_ file: ByteReader, strips: Bool) {
    self.strips = strips
    PNG.walk(file) { range in filter(file, range) }
  }

  /// A file of the same picture data.
  func file(_ source: ByteReader) -> [UInt8] {
    var bytes = PNG.signature
    // Behind the header, which is the first chunk; the form of a background's colour needs the palette before it.
    for (index, range) in picture.enumerated() {
      if index == 1 { bytes += chunks }
      if source.has("IDAT", at: range.lowerBound + 4), index > 0,
        !source.has("IDAT", at: picture[index - 1].lowerBound + 4)
      {
        bytes += formChunks
      }
      bytes += source[range].bytes
    }
    return bytes
  }

  private mutating func filter(_ file: ByteReader, _ range: Range<Int>) {
    let type = range.lowerBound + 4
    let body = file[type + 4..<range.upperBound - 4]
    if ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"].contains(where: { file.has($0, at: type) }) {
      picture.append(range)
    } else if Self.plain.contains(where: { file.has($0, at: type) }) {
      chunks += file[range].bytes
    } else if ["bKGD", "sBIT", "hIST"].contains(where: { file.has($0, at: type) }) {
      // That of significant bits has to precede the palette.
      if file.has("sBIT", at: type) { return }
      formChunks += file[range].bytes
    } else if file.has("eXIf", at: type) {
      guard let found = ExifFilter.filtered(body, strips: strips) else {
        removed.insert(.unreadable)
        return
      }
      removed.formUnion(found.removed)
      append("eXIf", found.exif)
    } else if ["tEXt", "zTXt", "iTXt"].contains(where: { file.has($0, at: type) }) {
      filterText(file, range, body)
    } else {
      removed.insert(.makerData)
    }
  }

  private mutating func filterText(_ file: ByteReader, _ range: Range<Int>, _ body: ByteReader) {
    if body.has("XML:com.adobe.xmp\0") {
      // Flag, method, empty language and empty translated keyword before the packet.
      let start = 22
      guard file.has("iTXt", at: range.lowerBound + 4), body.u8(18) == 0, body.u8(20) == 0, body.u8(21) == 0,
        let found = XMPFilter.filtered(body[from: start])
      else {
        removed.insert(.unreadable)
        return
      }
      removed.formUnion(found.removed)
      if !strips { append("iTXt", Array(body[0..<start].bytes) + found.bytes) }
    } else if body.has("Raw profile type ") {
      // EXIF, XMP or IPTC data as hexadecimal digits, by ImageMagick.
      removed.insert(.makerData)
    } else if !strips {
      chunks += file[range].bytes
    }
  }

  private mutating func append(_ kind: String, _ body: [UInt8]) {
    let typed = Array(kind.utf8) + body
    let checksum = typed.withUnsafeBufferPointer { cpng_checksum($0.baseAddress, $0.count) }
    chunks += be32(body.count) + typed + be32(Int(checksum))
  }

  private func be32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
}
