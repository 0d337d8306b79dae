import CPNG
import Recognition

extension ImageMetadata {
  private static let maxProfileBytes = 4 << 20
  private static let maxExifBytes = 65_533 - 6

  /// Reads the metadata of a JPEG, PNG, WebP or camera raw file; empty for other formats.
  public init(of bytes: UnsafeRawBufferPointer, format: ImageFormat) {
    self.init()
    format.reader.metadata?(&self, ByteReader(bytes))
    if let exif, exif.count > Self.maxExifBytes || exif.count < 8 { self.exif = nil }
    if let profile, profile.count < 128 || profile.count > Self.maxProfileBytes { self.profile = nil }
  }

  /// Adapts the metadata to an upright picture of `size`: orientation 1, the new size, no thumbnail. Removes a colour
  /// profile for another kind of pixels and returns a warning about it.
  public mutating func adapt(to size: PixelSize, isGrey: Bool) -> String? {
    exif = exif.flatMap { Exif.normalised($0, size: size) }
    guard let profile else { return nil }
    let kind = String(decoding: profile[16..<20], as: UTF8.self)
    guard kind != (isGrey ? "GRAY" : "RGB ") else { return nil }
    self.profile = nil
    return "the colour profile is for another kind of pixels and was left out"
  }

  mutating func readJPEG(_ file: ByteReader) {
    var parts: [Int: [UInt8]] = [:]
    var total = 0
    for segment in JPEGSegments(file) {
      let (marker, body) = (segment.marker, segment.body)
      if marker == 0xE0, body.has("JFIF\0"), let unit = body.u8(7), let x = body.be16(8), let y = body.be16(10), x > 0,
        y > 0, unit == 1 || unit == 2
      {
        let metre = unit == 1 ? 1 / 0.0254 : 100
        density = Density(x: Double(x) * metre, y: Double(y) * metre)
      } else if marker == 0xE1, exif == nil, body.has("Exif\0\0") {
        exif = Array(body[from: 6].bytes)
      } else if marker == 0xE2, body.has("ICC_PROFILE\0"), let number = body.u8(12), let count = body.u8(13),
        number >= 1, number <= count, parts[number] == nil, total + body.count <= Self.maxProfileBytes
      {
        total += body.count
        parts[number] = Array(body[from: 14].bytes)
      }
    }
    let numbers = parts.keys.sorted()
    if !numbers.isEmpty, numbers == Array(1...numbers.count) { profile = numbers.flatMap { parts[$0]! } }
  }

  /// Reads the metadata of the preview.
  mutating func readRaw(_ file: ByteReader) {
    if let preview = CameraRaw(file).previews(in: file).first { readJPEG(file[preview.range]) }
  }

  mutating func readPNG(_ file: ByteReader) {
    var found = ImageMetadata()
    PNG.walk(file) { chunk in
      let type = chunk.lowerBound + 4
      let body = file[chunk.lowerBound + 8..<chunk.upperBound - 4]
      if file.has("eXIf", at: type), found.exif == nil {
        found.exif = Self.exif(in: body)
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

  /// The EXIF data of a chunk; nil if it is larger than is kept, so that no large chunk is copied.
  private static func exif(in body: ByteReader) -> [UInt8]? {
    let data = body.has("Exif\0\0") ? body[from: 6] : body
    return data.count <= maxExifBytes ? Array(data.bytes) : nil
  }

  private static func inflated(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return nil }
    let capacity = min(maxProfileBytes, max(4096, bytes.count * 64))
    let inflated = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = cpng_inflate(start, bytes.count, buffer.baseAddress, capacity)
    }
    return inflated.isEmpty ? nil : inflated
  }

  mutating func readWebP(_ file: ByteReader) {
    var at = 12
    while let length = file.le32(at + 4), at + 8 + length <= file.count {
      let body = file[at + 8..<at + 8 + length]
      if file.has("EXIF", at: at), exif == nil {
        exif = Self.exif(in: body)
      } else if file.has("ICCP", at: at), profile == nil, body.count <= Self.maxProfileBytes {
        profile = Array(body.bytes)
      }
      at += 8 + length + (length & 1)
    }
  }
}
