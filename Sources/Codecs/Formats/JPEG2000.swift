import Recognition

/// JPEG 2000 codestreams, bare or in JP2 boxes (ISO/IEC 15444-1).
enum JPEG2000 {
  /// Number of tiles above which a picture is refused: OpenJPEG allocates about 6 KB and 1.2 KB per component for each
  /// before it reads any of them.
  private static let maxTiles = 16_384
  /// Number of components, or of columns of a palette, above which a picture is refused: each is decoded to 32 bits.
  private static let maxComponents = 8
  /// Bytes of the shortest tile: the markers SOT and SOD.
  private static let tileHeaderBytes = 14

  static func isJPEG2000(_ file: ByteReader) -> Bool {
    file.starts(with: [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20, 13, 10, 0x87, 10])
      || file.starts(with: [0xFF, 0x4F, 0xFF, 0x51])
  }

  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    let (stream, paletteColumns) = try codestream(of: file)
    guard stream.be16(0) == 0xFF4F, stream.be16(2) == 0xFF51, let right = stream.be32(8), let bottom = stream.be32(12),
      let left = stream.be32(16), let top = stream.be32(20), right > left, bottom > top
    else { throw Failure(.decode, stream.count < 24 ? .truncated : .corrupt, "jpeg2000: no valid size") }
    // The end marker, before a little padding.
    var end = stream.count
    while end > 0, stream.count - end < 4096, stream.u8(end - 1) == 0 { end -= 1 }
    let isWhole = end >= 2 && stream.be16(end - 2) == 0xFFD9
    var header = ImageHeader(
      format: .jpeg2000, storedSize: PixelSize(width: right - left, height: bottom - top), orientation: nil,
      warnings: isWhole ? [] : ["jpeg2000: premature end of data"])
    do throws(Failure) {
      let layout = try layout(of: stream, PixelRect(x: left, y: top, width: right - left, height: bottom - top))
      guard paletteColumns <= maxComponents else {
        throw Failure(.decode, .unsupported, "jpeg2000: a palette of \(paletteColumns) columns")
      }
      // The coded data; per component samples of 32 bits of the picture and of a tile, and tables of its code blocks.
      // Sizes are not yet compared with the limits, so that their products may exceed an integer.
      let area = Double(header.storedSize.width) * Double(header.storedSize.height)
      let samples = Double(layout.components) * (area + 2 * layout.tileArea) + Double(paletteColumns) * area
      header.libraryBytes =
        file.count + Int(min(4 * samples, 1e15)) + layout.tiles * ((6 << 10) + layout.components * 1200)
    } catch {
      header.fault = error
    }
    return header
  }

  /// Whether the coding style of the codestream states a transform of its first three components.
  static func usesComponentTransform(_ file: ByteReader) -> Bool {
    guard let (stream, _) = try? codestream(of: file) else { return false }
    var at = 2
    while let marker = stream.be16(at), marker != 0xFF90, let length = stream.be16(at + 2), length >= 2 {
      // COD: the style, the progression order, two bytes of layers.
      if marker == 0xFF52 { return stream.u8(at + 8) == 1 }
      at += 2 + length
    }
    return false
  }

  /// Components, tiles, and pixels of a tile, by the marker SIZ.
  private static func layout(of stream: ByteReader, _ picture: PixelRect) throws(Failure) -> (
    components: Int, tiles: Int, tileArea: Double
  ) {
    let right = picture.x + picture.width
    let bottom = picture.y + picture.height
    guard let tileWidth = stream.be32(24), let tileHeight = stream.be32(28), let tileLeft = stream.be32(32),
      let tileTop = stream.be32(36), let components = stream.be16(40), stream.count >= 42 + 3 * components
    else { throw Failure(.decode, .truncated, "jpeg2000: premature end of data") }
    guard tileWidth > 0, tileHeight > 0, tileLeft < right, tileTop < bottom, components > 0,
      stream.be16(4) == 38 + 3 * components
    else { throw Failure(.decode, .corrupt, "jpeg2000: no valid tiles or components") }
    guard components <= maxComponents else {
      throw Failure(
        .decode, .unsupported, "jpeg2000: \(components) components; at most \(maxComponents) are read")
    }
    for component in 0..<components {
      let at = 42 + 3 * component
      guard let depth = stream.u8(at), let across = stream.u8(at + 1), let down = stream.u8(at + 2), across > 0,
        down > 0, depth & 0x7F < 38
      else { throw Failure(.decode, .corrupt, "jpeg2000: no valid component") }
      guard depth & 0x7F < 31 else {
        throw Failure(.decode, .unsupported, "jpeg2000: \(depth & 0x7F + 1) bits per sample; at most 31 are read")
      }
    }
    let across = (right - tileLeft + tileWidth - 1) / tileWidth
    let down = (bottom - tileTop + tileHeight - 1) / tileHeight
    guard across <= maxTiles, down <= maxTiles, across * down <= maxTiles else {
      throw Failure(.decode, .unsupported, "jpeg2000: \(across) x \(down) tiles; at most \(maxTiles) are read")
    }
    let tiles = across * down
    guard tiles < 256 || stream.count / tiles >= tileHeaderBytes else {
      throw Failure(.decode, .truncated, "jpeg2000: \(tiles) tiles in \(stream.count) bytes")
    }
    return (components, tiles, Double(min(tileWidth, picture.width)) * Double(min(tileHeight, picture.height)))
  }

  /// A box of the file, or of another box.
  private struct Box {
    /// Offset of the four letters of its kind.
    var kind: Int
    var body: Range<Int>
    /// Whether it ends within the file.
    var isWhole: Bool

    init?(_ file: ByteReader, at: Int) {
      guard var length = file.be32(at), at + 8 <= file.count else { return nil }
      kind = at + 4
      var start = at + 8
      if length == 1 {
        guard let long = file.number(at + 8, size: 8, bigEndian: true) else { return nil }
        length = long
        start += 8
      }
      if length == 0 { length = file.count - at }
      // A box is at least as long as its own header.
      guard length >= start - at else { return nil }
      isWhole = length <= file.count - at
      body = start..<(isWhole ? at + length : max(start, file.count))
    }
  }

  /// The codestream, and the number of columns of the palette in the boxes before it (0: none).
  private static func codestream(of file: ByteReader) throws(Failure) -> (ByteReader, paletteColumns: Int) {
    if file.be16(0) == 0xFF4F { return (file, 0) }
    var paletteColumns = 0
    var at = 0
    for _ in 0..<1000 {
      guard let box = Box(file, at: at) else { break }
      if file.has("jp2c", at: box.kind) { return (file[box.body], paletteColumns) }
      guard box.isWhole else { break }
      if file.has("jp2h", at: box.kind) { paletteColumns = max(paletteColumns, columns(in: file[box.body])) }
      at = box.body.upperBound
    }
    throw Failure(.decode, .truncated, "jpeg2000: no codestream")
  }

  /// The number of columns of the first palette among the boxes of a header.
  private static func columns(in header: ByteReader) -> Int {
    var at = 0
    for _ in 0..<100 {
      guard let box = Box(header, at: at) else { break }
      if header.has("pclr", at: box.kind) { return header.u8(box.body.lowerBound + 2) ?? 0 }
      at = box.body.upperBound
    }
    return 0
  }
}
