/// Filters Photoshop's image resources (segment APP13 of a JPEG): IPTC data are kept, pictures are not.
enum PhotoshopFilter {
  static let identifier: StaticString = "Photoshop 3.0\0"

  /// The resources behind the identifier, and what they lack now; nil if they cannot be read.
  static func filtered(_ data: ByteReader) -> (bytes: [UInt8], removed: RemovedMetadata)? {
    var kept: [UInt8] = []
    var removed: RemovedMetadata = []
    var at = 0
    while at < data.count {
      // Programs fill the end with zeros.
      if data[from: at].bytes.allSatisfy({ $0 == 0 }) { break }
      guard data.has("8BIM", at: at), let identifier = data.be16(at + 4), let name = data.u8(at + 6) else { return nil }
      let size = at + 6 + (name + 2) / 2 * 2
      guard let length = data.be32(size), length <= data.count - size - 4 else { return nil }
      let body = data[size + 4..<size + 4 + length]
      let end = min(data.count, size + 4 + (length + 1) / 2 * 2)
      switch identifier {
      // Thumbnails; EXIF data and XMP, which JPEG has in segments of their own.
      case 0x0409, 0x040C: removed.insert(.thumbnails)
      case 0x0422, 0x0423, 0x0424: removed.insert(.makerData)
      case 0x0404:
        guard let iptc = IPTCFilter.filtered(body) else { return nil }
        removed.formUnion(iptc.removed)
        kept += data[at..<size].bytes + be32(iptc.bytes.count) + iptc.bytes + (iptc.bytes.count % 2 == 1 ? [0] : [])
      default:
        if ExifFilter.holdsPicture(Array(body.bytes)) {
          removed.insert(.thumbnails)
        } else {
          kept += data[at..<end].bytes
        }
      }
      at = end
    }
    return (kept, removed)
  }

  private static func be32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
}

/// Filters IPTC's datasets (IIM): those of previews are left out.
enum IPTCFilter {
  static func filtered(_ data: ByteReader) -> (bytes: [UInt8], removed: RemovedMetadata)? {
    var kept: [UInt8] = []
    var removed: RemovedMetadata = []
    var at = 0
    while at < data.count {
      if data[from: at].bytes.allSatisfy({ $0 == 0 }) { break }
      guard data.u8(at) == 0x1C, let record = data.u8(at + 1), let dataset = data.u8(at + 2),
        var length = data.be16(at + 3)
      else { return nil }
      var head = 5
      if length > 0x7FFF {
        // The number of bytes that hold the length.
        let size = length & 0x7FFF
        guard (1...4).contains(size), let long = data.number(at + 5, size: size, bigEndian: true) else { return nil }
        (length, head) = (long, 5 + size)
      }
      guard length <= data.count - at - head else { return nil }
      let end = at + head + length
      if record >= 7 || (record == 2 && (200...202).contains(dataset)) {
        removed.insert(.thumbnails)
      } else {
        kept += data[at..<end].bytes
      }
      at = end
    }
    return (kept, removed)
  }
}
