import CPNG
import Recognition

/// What a file tells of its picture besides the pixels, in the forms that outlive a change of format.
public struct ImageMetadata: Sendable, Equatable {
  /// A TIFF stream, as EXIF segments hold it.
  public var exif: [UInt8]?
  /// An ICC profile.
  public var profile: [UInt8]?
  /// Pixels by metre.
  public var density: Density?

  public struct Density: Sendable, Equatable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  public init() {}

  private static let maxProfileBytes = 4 << 20
  private static let maxExifBytes = 65_533 - 6

  /// Of a JPEG, PNG or WebP; of others nothing.
  public init(of bytes: UnsafeRawBufferPointer, format: ImageFormat) {
    let file = ByteReader(bytes)
    switch format {
    case .jpeg: readJPEG(file)
    case .png: readPNG(file)
    case .webp: readWebP(file)
    default: break
    }
    if let exif, exif.count > Self.maxExifBytes || exif.count < 8 { self.exif = nil }
    if let profile, profile.count < 128 || profile.count > Self.maxProfileBytes { self.profile = nil }
  }

  /// The same for the enlarged, upright picture: orientation 1, its own size, no thumbnail of the old one; and no
  /// profile that is not of the pixels' kind, of which the return value tells.
  public mutating func adapt(to size: PixelSize, isGrey: Bool) -> String? {
    exif = exif.flatMap { Exif.normalised($0, size: size) }
    guard let profile else { return nil }
    let kind = String(decoding: profile[16..<20], as: UTF8.self)
    guard kind != (isGrey ? "GRAY" : "RGB ") else { return nil }
    self.profile = nil
    return "the colour profile is for another kind of pixels and was left out"
  }

  private mutating func readJPEG(_ file: ByteReader) {
    var parts: [Int: [UInt8]] = [:]
    var total = 0
    var at = 2
    while let first = file.u8(at), first == 0xFF, let marker = file.u8(at + 1) {
      if marker == 0xFF {
        at += 1
        continue
      }
      guard marker != 0xDA, marker != 0xD9, marker > 1, !(0xD0...0xD8).contains(marker), let length = file.be16(at + 2),
        length >= 2
      else { break }
      let body = file[at + 4..<at + 2 + length]
      if marker == 0xE0, body.has("JFIF\0"), let unit = body.u8(7), let x = body.be16(8), let y = body.be16(10), x > 0,
        y > 0, unit == 1 || unit == 2
      {
        let metre = unit == 1 ? 1 / 0.0254 : 100
        density = Density(x: Double(x) * metre, y: Double(y) * metre)
      } else if marker == 0xE1, exif == nil, body.has("Exif\0\0") {
        exif = Array(body[from: 6].bytes)
      } else if marker == 0xE2, body.has("ICC_PROFILE\0"), let number = body.u8(12), let of = body.u8(13),
        (1...of).contains(number), parts[number] == nil, total + body.count <= Self.maxProfileBytes
      {
        total += body.count
        parts[number] = Array(body[from: 14].bytes)
      }
      at += 2 + length
    }
    let numbers = parts.keys.sorted()
    if !numbers.isEmpty, numbers == Array(1...numbers.count) { profile = numbers.flatMap { parts[$0]! } }
  }

  private mutating func readPNG(_ file: ByteReader) {
    var found = ImageMetadata()
    try? PNG.walk(file) { chunk in
      let type = chunk.lowerBound + 4
      let body = file[chunk.lowerBound + 8..<chunk.upperBound - 4]
      if file.has("eXIf", at: type), found.exif == nil {
        found.exif = Array((body.has("Exif\0\0") ? body[from: 6] : body).bytes)
      } else if file.has("pHYs", at: type), body.u8(8) == 1, let x = body.be32(0), let y = body.be32(4), x > 0, y > 0 {
        found.density = Density(x: Double(x), y: Double(y))
      } else if file.has("iCCP", at: type), found.profile == nil, let end = body.bytes.prefix(80).firstIndex(of: 0),
        body.u8(end + 1) == 0
      {
        found.profile = Self.inflated(body[from: end + 2].bytes)
      }
    }
    self = found
  }

  private static func inflated(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return nil }
    let room = min(maxProfileBytes, max(4096, bytes.count * 64))
    let inflated = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      count = cpng_inflate(start, bytes.count, buffer.baseAddress, room)
    }
    return inflated.isEmpty ? nil : inflated
  }

  private mutating func readWebP(_ file: ByteReader) {
    var at = 12
    while let length = file.le32(at + 4), at + 8 + length <= file.count {
      let body = file[at + 8..<at + 8 + length]
      if file.has("EXIF", at: at), exif == nil {
        exif = Array((body.has("Exif\0\0") ? body[from: 6] : body).bytes)
      } else if file.has("ICCP", at: at), profile == nil {
        profile = Array(body.bytes)
      }
      at += 8 + length + (length & 1)
    }
  }
}

extension Exif {
  /// The TIFF stream for an upright picture of `size`; nil where it is not one.
  static func normalised(_ exif: [UInt8], size: PixelSize) -> [UInt8]? {
    var result = exif
    let isGood = exif.withUnsafeBytes { bytes -> Bool in
      let tiff = ByteReader(bytes)
      let bigEndian = tiff.has("MM")
      func number(_ at: Int, _ size: Int) -> Int? { tiff.number(at, size: size, bigEndian: bigEndian) }
      func put(_ value: Int, _ at: Int, _ size: Int) {
        for i in 0..<size { result[at + i] = UInt8(value >> (8 * (bigEndian ? size - 1 - i : i)) & 255) }
      }
      guard bigEndian || tiff.has("II"), number(2, 2) == 42, let start = number(4, 4), start >= 8,
        let count = number(start, 2), count <= 1000, tiff.count >= start + 2 + 12 * count + 4
      else { return false }
      // What follows the first directory is the old picture's thumbnail.
      put(0, start + 2 + 12 * count, 4)
      if let place = orientationPlace(tiff: tiff) { put(1, place.offset, 2) }
      for i in 0..<count where number(start + 2 + 12 * i, 2) == 0x8769 {
        guard let inner = number(start + 2 + 12 * i + 8, 4), let entries = number(inner, 2), entries <= 1000,
          tiff.count >= inner + 2 + 12 * entries
        else { break }
        for k in 0..<entries {
          let entry = inner + 2 + 12 * k
          guard let tag = number(entry, 2), tag == 0xA002 || tag == 0xA003, let type = number(entry + 2, 2) else {
            continue
          }
          let side = tag == 0xA002 ? size.width : size.height
          if type == 4 { put(side, entry + 8, 4) }
          if type == 3 { put(min(side, 65_535), entry + 8, 2) }
        }
      }
      return true
    }
    return isGood ? result : nil
  }

  /// A TIFF stream that tells nothing but the resolution, for formats that have no other place for it.
  static func telling(_ density: ImageMetadata.Density) -> [UInt8] {
    func le(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(value >> (8 * $0) & 255) } }
    let sides = [density.x, density.y].map { Int(($0 * 0.0254 * 100).rounded()) }
    var bytes = Array("II".utf8) + le(42, 2) + le(8, 4) + le(3, 2)
    let values = 8 + 2 + 3 * 12 + 4
    bytes += le(0x011A, 2) + le(5, 2) + le(1, 4) + le(values, 4)
    bytes += le(0x011B, 2) + le(5, 2) + le(1, 4) + le(values + 8, 4)
    bytes += le(0x0128, 2) + le(3, 2) + le(1, 4) + le(2, 4) + le(0, 4)
    for side in sides { bytes += le(side, 4) + le(100, 4) }
    return bytes
  }
}
