import Recognition

/// The pictures of a HEIC, HEIF or AVIF file, by its boxes (ISO/IEC 23008-12).
enum HEIF {
  /// Bytes of a pixel while libheif decodes: planes of up to 16 bits, the picture in RGB, and a copy that is turned.
  private static let bytesPerPixel = 14

  /// Reads the header of the page with index `page`; page 0 is the primary picture.
  static func header(of file: ByteReader, page: Int = 0) throws(Failure) -> ImageHeader {
    let format = isAVIF(file) ? ImageFormat.avif : .heic
    let items: HEIFItems
    do throws(Failure) { items = try HEIFItems(of: file) } catch {
      throw Failure(.decode, error.code, "\(format): \(error.message)")
    }
    let pictures = items.pictures
    guard page < pictures.count else { throw Failure(.decode, .corrupt, "\(format): no picture") }
    guard let size = items.size(of: pictures[page]), size.width > 0, size.height > 0 else {
      throw Failure(.decode, .corrupt, "\(format): the picture has no size")
    }
    // Rotations and mirrorings are properties of the item, which libheif applies; EXIF data repeat them.
    var header = ImageHeader(format: format, storedSize: size, orientation: .upright)
    header.page = page
    header.pages = pictures.count
    if page == 0, let warning = header.pagesWarning { header.warnings = [warning] }
    if let frames = sequenceLength(of: file), frames > 1 {
      header.warnings.append("\(format): a sequence of \(frames) pictures, whose still picture is read")
    }
    header.setLibraryBytes(perPixel: bytesPerPixel)
    return header
  }

  /// The number of pictures of the longest track; nil if the file has none.
  private static func sequenceLength(of file: ByteReader) -> Int? {
    guard let movie = ISOBox.first("moov", in: file) else { return nil }
    return ISOBox.all(in: movie.body).filter { $0.kind == "trak" }.compactMap { track in
      ISOBox.body(of: "mdia", "minf", "stbl", "stsz", in: track.body)?.be32(8)
    }.max()
  }

  static func pages(_ file: ByteReader) -> PageCount {
    PageCount(count: (try? HEIFItems(of: file).pictures.count) ?? 1, limit: HEIFItems.maximum)
  }

  /// The item that holds the page with index `page`.
  static func item(of file: ByteReader, page: Int) -> UInt32? {
    guard let pictures = try? HEIFItems(of: file).pictures, page < pictures.count else { return nil }
    return UInt32(exactly: pictures[page])
  }

  static func isAVIF(_ file: ByteReader) -> Bool { ISOMedia.hasBrand(file, in: ["avif", "avis"]) }
}

/// The items of a HEIF file that are pictures, and their properties.
struct HEIFItems {
  /// Maximum number of items and properties that are read.
  static let maximum = 1 << 16

  /// Numbers of the pictures that a viewer shows, the primary one first.
  private(set) var pictures: [Int] = []
  private var properties: [ISOBox] = []
  /// For each item the indices of its properties, in their order.
  private var associations: [Int: [Int]] = [:]

  /// Throws `truncated` if a box extends past the end, `unsupported` for a file without a still picture, `corrupt`.
  init(of file: ByteReader) throws(Failure) {
    guard let meta = ISOBox.first("meta", in: file) else {
      guard let sequence = ISOBox.first("moov", in: file), !sequence.isCut else {
        throw Failure(.decode, .truncated, "premature end of data")
      }
      throw Failure(.decode, .unsupported, "a sequence without a still picture")
    }
    guard !meta.isCut else { throw Failure(.decode, .truncated, "premature end of data") }
    var primary: Int?
    var shown: [Int] = []
    var parts: Set<Int> = []
    for box in ISOBox.all(in: meta.body[from: 4]) {
      switch box.kind {
      case "pitm": primary = box.version == 0 ? box.body.be16(4) : box.body.be32(4)
      case "iinf": shown = Self.shownPictures(box)
      case "iref": parts = Self.parts(box)
      case "iprp":
        properties = ISOBox.first("ipco", in: box.body).map { ISOBox.all(in: $0.body) } ?? []
        for list in ISOBox.all(in: box.body) where list.kind == "ipma" { readAssociations(list) }
      default: break
      }
    }
    guard let primary else { throw Failure(.decode, .corrupt, "no primary picture") }
    pictures = [primary] + shown.filter { $0 != primary && !parts.contains($0) }
  }

  /// The item's size with its crops and rotations applied; nil if none is stated.
  func size(of item: Int) -> PixelSize? {
    var size: PixelSize?
    for index in associations[item] ?? [] where properties.indices.contains(index) {
      let property = properties[index]
      switch property.kind {
      case "ispe":
        guard let width = property.body.be32(4), let height = property.body.be32(8) else { return nil }
        size = PixelSize(width: width, height: height)
      case "clap":
        guard let width = Self.quotient(property.body, 0), let height = Self.quotient(property.body, 8) else {
          return nil
        }
        size = PixelSize(width: width, height: height)
      case "irot": if let angle = property.body.u8(0), angle & 1 == 1 { size = size?.transposed }
      default: break
      }
    }
    return size
  }

  private static func quotient(_ body: ByteReader, _ at: Int) -> Int? {
    guard let above = body.be32(at), let below = body.be32(at + 4), below > 0 else { return nil }
    return (above + below / 2) / below
  }

  /// The pictures that are not hidden.
  private static func shownPictures(_ box: ISOBox) -> [Int] {
    let pictures: Set<String> = [
      "hvc1", "av01", "grid", "iovl", "iden", "avc1", "vvc1", "jpeg", "j2k1", "unci", "tmap",
    ]
    return ISOBox.all(in: box.body[from: box.version == 0 ? 6 : 8]).compactMap { entry in
      guard entry.kind == "infe", entry.version >= 2, entry.flags & 1 == 0 else { return nil }
      let wide = entry.version == 2 ? 0 : 2
      guard let item = wide == 0 ? entry.body.be16(4) : entry.body.be32(4),
        let kind = ISOBox.name(entry.body, at: 8 + wide), pictures.contains(kind)
      else { return nil }
      return item
    }
  }

  /// Items that are thumbnails, alpha planes and the like of others, or pieces of which others are made.
  private static func parts(_ box: ISOBox) -> Set<Int> {
    var parts: Set<Int> = []
    let wide = box.version != 0
    for reference in ISOBox.all(in: box.body[from: 4]) {
      let body = reference.body
      let size = wide ? 4 : 2
      guard let from = body.number(0, size: size, bigEndian: true), let count = body.be16(size) else { continue }
      switch reference.kind {
      case "thmb", "auxl": parts.insert(from)
      case "dimg", "base":
        for index in 0..<count {
          guard let to = body.number(size + 2 + index * size, size: size, bigEndian: true) else { break }
          parts.insert(to)
        }
      default: break
      }
    }
    return parts
  }

  private mutating func readAssociations(_ box: ISOBox) {
    guard let count = box.body.be32(4), count <= Self.maximum else { return }
    var at = 8
    let (itemSize, indexSize) = (box.version < 1 ? 2 : 4, box.flags & 1 == 1 ? 2 : 1)
    for _ in 0..<count {
      guard let item = box.body.number(at, size: itemSize, bigEndian: true), let number = box.body.u8(at + itemSize)
      else { return }
      at += itemSize + 1
      for _ in 0..<number {
        guard let value = box.body.number(at, size: indexSize, bigEndian: true) else { return }
        at += indexSize
        // The highest bit states that a reader must know the property; 0 is none.
        let index = value & (indexSize == 2 ? 0x7FFF : 0x7F)
        if index > 0 { associations[item, default: []].append(index - 1) }
      }
    }
  }
}
