/// EXIF data and XMP packets of HEIC, HEIF and AVIF: items of their own (ISO/IEC 23008-12, annex A).
extension MetadataBlocks {
  mutating func readHEIF(_ file: ByteReader) {
    guard let meta = ISOBox.first("meta", in: file) else { return }
    var kinds: [Int: ItemKind] = [:]
    var locations: [(item: Int, location: HEIFLocation)] = []
    var data = file[0..<0]
    for box in ISOBox.all(in: meta.body[from: 4]) {
      switch box.kind {
      case "iinf": kinds = Self.items(box)
      case "iloc": locations = HEIFLocation.all(in: box)
      case "idat": data = box.body
      default: break
      }
    }
    for (item, location) in locations {
      guard hasCapacity else { return }
      guard let kind = kinds[item] else { continue }
      location.withBytes(file: file, data: data) { bytes in
        switch kind {
        // The offset of the TIFF header behind the number that states it.
        case .exif: if let start = bytes.be32(0) { addEXIF(bytes[from: 4][from: start]) }
        case .xmp: addXMP(bytes)
        }
      }
    }
  }

  private enum ItemKind { case exif, xmp }

  private static func items(_ box: ISOBox) -> [Int: ItemKind] {
    var kinds: [Int: ItemKind] = [:]
    for entry in ISOBox.all(in: box.body[from: box.version == 0 ? 6 : 8])
    where entry.kind == "infe" && entry.version >= 2 {
      let wide = entry.version == 2 ? 0 : 2
      guard let item = wide == 0 ? entry.body.be16(4) : entry.body.be32(4) else { continue }
      if entry.body.has("Exif", at: 8 + wide) { kinds[item] = .exif }
      if entry.body.has("mime", at: 8 + wide) {
        // An empty name, or one, precedes the type of the content.
        let name = entry.body[from: 12 + wide]
        let end = name[0..<1024].bytes.firstIndex(of: 0) ?? 0
        if name.has("application/rdf+xml\0", at: end + 1) { kinds[item] = .xmp }
      }
    }
    return kinds
  }
}

/// Where the bytes of an item are.
struct HEIFLocation {
  private static let maxItems = 1 << 16
  private static let maxExtents = 64
  private static let maxBytes = 4 << 20

  /// Offset and length of each part; 0: to the end.
  private var extents: [(offset: Int, length: Int)] = []
  /// Whether the offsets count from the box of data instead of the file.
  private var isInData = false

  static func all(in box: ISOBox) -> [(item: Int, location: HEIFLocation)] {
    var found: [(item: Int, location: HEIFLocation)] = []
    let body = box.body
    let (version, wide) = (box.version, box.version < 2 ? 2 : 4)
    guard version <= 2, let sizes = body.be16(4), let count = body.number(6, size: wide, bigEndian: true) else {
      return []
    }
    let (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
    let indexSize = version == 0 ? 0 : sizes & 15
    guard [offsetSize, lengthSize, baseSize, indexSize].allSatisfy({ $0 <= 8 }) else { return [] }
    var at = 6 + wide
    /// The next number of `size` bytes; nil if it is cut off or too large.
    func next(_ size: Int) -> Int? {
      defer { at += size }
      return size == 0 ? 0 : body.number(at, size: size, bigEndian: true)
    }
    for _ in 0..<min(count, maxItems) {
      var location = HEIFLocation()
      guard let item = next(wide), let method = version == 0 ? 0 : next(2).map({ $0 & 15 }), next(2) != nil,
        let base = next(baseSize), let extents = next(2)
      else { return found }
      location.isInData = method == 1
      for _ in 0..<min(extents, maxExtents) {
        guard next(indexSize) != nil, let offset = next(offsetSize), let length = next(lengthSize) else {
          return found
        }
        let (start, overflow) = base.addingReportingOverflow(offset)
        if !overflow { location.extents.append((start, length)) }
      }
      at += max(0, extents - maxExtents) * (indexSize + offsetSize + lengthSize)
      // Parts of other items are not read.
      if method <= 1 { found.append((item, location)) }
    }
    return found
  }

  /// Calls `read` with the item's bytes, which are copied only if they are in several parts.
  func withBytes(file: ByteReader, data: ByteReader, _ read: (ByteReader) -> Void) {
    let source = isInData ? data : file
    let parts = extents.map { extent in
      let rest = source[from: extent.offset]
      return extent.length == 0 ? rest : rest[0..<extent.length]
    }
    guard parts.count != 1 else { return read(parts[0]) }
    var whole: [UInt8] = []
    for part in parts { whole += part[0..<Self.maxBytes - whole.count].bytes }
    whole.withUnsafeBytes { read(ByteReader($0)) }
  }
}
