import CDecoders
import TestSupport

/// Files of every container, as short as they can be, with the usual EXIF data.
enum MetadataContainers {
  static let exif = ExifBytes.usual()

  static var all: [(name: String, bytes: [UInt8])] {
    [
      ("jpeg", jpeg), ("png", png("eXIf", exif)), ("png profile", png("tEXt", profile)),
      ("webp", webp(exif)), ("webp prefix", webp(prefix + exif)), ("tiff", exif),
      ("heif", heif([be(0, 4) + exif])), ("heif prefix", heif([be(6, 4) + prefix + exif])),
      ("heif parts", heif([be(0, 4) + exif[..<50], Array(exif[50...])])),
      ("heif idat", heif([be(0, 4) + exif], inData: true)),
      ("jpegxl", box("JXL ", [13, 10, 0x87, 10]) + box("Exif", be(0, 4) + exif)),
      ("jpeg2000", box("jP  ", [13, 10, 0x87, 10]) + box("uuid", Array("JpgTiffExif->JP2".utf8) + exif)),
      ("cr3", cr3), ("raf", raf), ("mrw", mrw), ("x3f", x3f),
    ]
  }

  static let prefix = Array("Exif\0\0".utf8)
  static let jpeg = ExifBytes.jpeg(exif, before: [0xFF, 0xD8, 0xFF, 0xD9])

  static func be(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * (size - 1 - $0))) }
  }

  static func le(_ value: Int, _ size: Int) -> [UInt8] { be(value, size).reversed() }

  static func box(_ kind: String, _ body: [UInt8]) -> [UInt8] { be(body.count + 8, 4) + Array(kind.utf8) + body }

  /// A Brotli stream of one uncompressed block (RFC 7932).
  static func brotli(_ body: [UInt8]) -> [UInt8] { le((body.count - 1) << 4 | 1 << 20, 3) + body + [3] }

  static var hasBrotli: Bool {
    let stream = brotli([1])
    var target: [UInt8] = [0]
    return cdecoders_brotli(stream, stream.count, &target, 1) == 1
  }

  static func png(_ kind: String, _ body: [UInt8]) -> [UInt8] {
    func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] { be(body.count, 4) + Array(kind.utf8) + body + be(0, 4) }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IDAT", [0]) + chunk(kind, body) + chunk("IEND", [])
  }

  /// EXIF data as ImageMagick writes them into a PNG.
  static var profile: [UInt8] {
    let data = prefix + exif
    let digits = data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    var text = "Raw profile type exif\0\nexif\n    \(data.count)\n"
    for (index, digit) in digits.enumerated() { text += digit + (index % 36 == 35 ? "\n" : "") }
    return Array(text.utf8)
  }

  static func webp(_ exif: [UInt8], kind: String = "EXIF") -> [UInt8] {
    let chunk = Array(kind.utf8) + le(exif.count, 4) + exif + (exif.count % 2 == 1 ? [0] : [])
    return Array("RIFF".utf8) + le(chunk.count + 4, 4) + Array("WEBP".utf8) + chunk
  }

  /// An item in `parts`, in the file or in the box of data.
  static func heif(_ parts: [[UInt8]], inData: Bool = false, kind: String = "Exif") -> [UInt8] {
    let start = box("ftyp", Array("heicmif1".utf8))
    func meta(at offset: Int) -> [UInt8] {
      let type = kind == "Exif" ? Array("Exif".utf8) + [0] : Array("mime\0application/rdf+xml\0".utf8)
      let entry = box("infe", be(2 << 24, 4) + be(1, 2) + be(0, 2) + type)
      var location = be(1, 2) + (inData ? be(1, 2) : []) + be(0, 2) + be(parts.count, 2)
      var offset = offset
      for part in parts {
        location += be(offset, 4) + be(part.count, 4)
        offset += part.count
      }
      let iloc = be(inData ? 1 << 24 : 0, 4) + be(0x4400, 2) + be(1, 2) + location
      return box(
        "meta",
        be(0, 4) + box("iinf", be(0, 4) + be(1, 2) + entry) + box("iloc", iloc)
          + (inData ? box("idat", parts.flatMap { $0 }) : []))
    }
    let data = parts.flatMap { $0 }
    if inData { return start + meta(at: 0) }
    return start + meta(at: start.count + meta(at: 0).count + 8) + box("mdat", data)
  }

  private static var cr3: [UInt8] {
    let canon: [UInt8] = [
      0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48,
    ]
    let parts = [("CMT1", ExifBytes.main), ("CMT2", ExifBytes.exif), ("CMT4", ExifBytes.gps)]
    return box("ftyp", Array("crx \0\0\0\u{1}".utf8))
      + box("moov", box("uuid", canon + parts.flatMap { box($0.0, ExifBytes().block(main: $0.1)) }))
  }

  private static var raf: [UInt8] {
    let head = Array("FUJIFILMCCD-RAW ".utf8) + [UInt8](repeating: 0, count: 68)
    return head + be(92, 4) + be(jpeg.count, 4) + jpeg
  }

  private static var mrw: [UInt8] {
    let blocks = Array("\0PRD".utf8) + be(2, 4) + [0, 0] + Array("\0TTW".utf8) + be(exif.count, 4) + exif
    return Array("\0MRM".utf8) + be(blocks.count, 4) + blocks
  }

  private static var x3f: [UInt8] {
    let section = Array("SECi".utf8) + [UInt8](repeating: 0, count: 24) + jpeg
    let start = 16
    let list = Array("SECd".utf8) + le(0, 4) + le(1, 4) + le(start, 4) + le(section.count, 4) + Array("IMA2".utf8)
    return Array("FOVb".utf8) + [UInt8](repeating: 0, count: 12) + section + list + le(start + section.count, 4)
  }
}
