import Recognition

/// The blocks of a GIF.
enum GIF {
  static func isGIF(_ file: ByteReader) -> Bool { file.has("GIF87a") || file.has("GIF89a") }

  /// Reads the header; every frame has the size of the canvas.
  static func header(of file: ByteReader, page: Int = 0) throws(Failure) -> ImageHeader {
    guard let width = file.le16(6), let height = file.le16(8), file.count >= 13 else {
      throw Failure(.decode, .truncated, "gif: premature end of data")
    }
    let found = frames(of: file)
    guard let first = found.first else { throw Failure(.decode, .truncated, "gif: premature end of data") }
    // A canvas of no size is as large as the first frame, as browsers show it.
    let size = width > 0 && height > 0 ? PixelSize(width: width, height: height) : first
    guard size.width > 0, size.height > 0 else { throw Failure(.decode, .corrupt, "gif: the picture has no size") }
    var header = ImageHeader(format: .gif, storedSize: size, orientation: .upright)
    header.page = page
    header.pages = found.count
    if page == 0, let warning = header.pagesWarning { header.warnings = [warning] }
    // A frame may restore the canvas that was before it.
    header.libraryBytes = size.area * (page > 0 ? 4 : 0) + (1 << 16)
    return header
  }

  static func pages(_ file: ByteReader) -> PageCount {
    // Frames before the one that is read are drawn each time.
    PageCount(count: frames(of: file).count, limit: 10_000)
  }

  /// The sizes of the frames, a last one whose pixels are cut included.
  private static func frames(of file: ByteReader) -> [PixelSize] {
    var sizes: [PixelSize] = []
    guard let flags = file.u8(10) else { return [] }
    var at = 13 + tableBytes(flags)
    while let kind = file.u8(at) {
      switch kind {
      case 0x2C:
        guard let width = file.le16(at + 5), let height = file.le16(at + 7), let flags = file.u8(at + 9) else {
          return sizes
        }
        sizes.append(PixelSize(width: width, height: height))
        // The descriptor, its colours, and the length of the first code.
        at += 10 + tableBytes(flags) + 1
      case 0x21: at += 2
      default: return sizes
      }
      while let length = file.u8(at), length > 0 { at += 1 + length }
      at += 1
    }
    return sizes
  }

  /// Bytes of a colour table by the flags before it.
  private static func tableBytes(_ flags: Int) -> Int { flags & 0x80 == 0 ? 0 : 3 << ((flags & 7) + 1) }
}
