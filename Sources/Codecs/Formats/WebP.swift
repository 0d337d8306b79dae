import Recognition

/// The RIFF chunks of a WebP.
enum WebP {
  /// Reads the header; every frame of an animation has the size of the canvas.
  static func header(of file: ByteReader, page: Int = 0) throws(Failure) -> ImageHeader {
    let chunks = try chunks(of: file)
    var size: PixelSize?
    var orientation: Orientation?
    var frames = 0
    var hasPicture = false
    var isLossless = false
    for chunk in chunks {
      switch chunk.kind {
      case .extended: size = canvas(chunk.body)
      case .lossy, .lossless:
        hasPicture = true
        isLossless = isLossless || chunk.kind == .lossless
        size = size ?? Self.size(of: chunk)
      case .frame: frames += 1
      case .exif: orientation = orientation ?? Exif.orientation(exif: chunk.body)
      case .other: break
      }
    }
    guard let size, hasPicture || frames > 0 else { throw Failure(.decode, .corrupt, "webp: no picture") }
    var header = ImageHeader(format: .webp, storedSize: size, orientation: orientation)
    header.page = page
    header.pages = max(1, frames)
    if page == 0, let warning = header.pagesWarning { header.warnings = [warning] }
    // Lossless data are decoded into 32 bits per pixel, alpha of lossy data into 8; a frame is put on a canvas.
    header.libraryBytes = size.area * (frames > 0 ? 8 : isLossless ? 4 : 1)
    return header
  }

  static func pages(_ file: ByteReader) -> PageCount {
    // Frames before the one that is read may be drawn each time.
    PageCount(count: (try? chunks(of: file).count { $0.kind == .frame }) ?? 1, limit: 10_000)
  }

  private enum Kind { case extended, lossy, lossless, frame, exif, other }

  private static func chunks(of file: ByteReader) throws(Failure) -> [(kind: Kind, body: ByteReader)] {
    guard let size = file.le32(4), size >= 12, size + 8 <= file.count else {
      throw Failure(.decode, .truncated, "webp: premature end of data")
    }
    var found: [(Kind, ByteReader)] = []
    var at = 12
    while at + 8 <= size + 8 {
      guard let length = file.le32(at + 4), at + 8 + length <= size + 8 else {
        throw Failure(.decode, .truncated, "webp: a chunk extends past the end")
      }
      let kinds: [(StaticString, Kind)] = [
        ("VP8X", .extended), ("VP8 ", .lossy), ("VP8L", .lossless), ("ANMF", .frame), ("EXIF", .exif),
      ]
      let kind = kinds.first { file.has($0.0, at: at) }?.1 ?? .other
      if kind != .other { found.append((kind, file[at + 8..<at + 8 + length])) }
      at += 8 + length + (length & 1)
    }
    return found
  }

  private static func canvas(_ body: ByteReader) -> PixelSize? {
    guard let width = body.le24(4), let height = body.le24(7) else { return nil }
    return PixelSize(width: width + 1, height: height + 1)
  }

  private static func size(of chunk: (kind: Kind, body: ByteReader)) -> PixelSize? {
    if chunk.kind == .lossless {
      guard chunk.body.u8(0) == 0x2F, let bits = chunk.body.le32(1) else { return nil }
      return PixelSize(width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1)
    }
    guard let width = chunk.body.le16(6), let height = chunk.body.le16(8), chunk.body.le24(3) == 0x2A019D else {
      return nil
    }
    return PixelSize(width: width & 0x3FFF, height: height & 0x3FFF)
  }
}
