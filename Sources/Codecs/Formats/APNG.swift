import CPNG
import Recognition

/// The frames of an animated PNG: parts of the canvas, each compressed like a picture of its own.
struct APNG {
  struct Frame {
    /// The part of the canvas.
    var area: PixelRect
    /// Whether its place becomes clear before the next frame, or what it was before this one.
    var clears: Bool
    var restores: Bool
    /// Whether it replaces what is under it; otherwise it is blended.
    var overwrites: Bool
    /// Offsets of the chunks with its data.
    var data: [Int] = []
  }

  let file: ByteReader
  /// The pages: the picture that viewers without animation show, which may be a frame, and the frames after it. The
  /// first has no frame if it is no part of the animation.
  private(set) var pages: [Frame?] = []
  /// Offsets of the palette and of transparent colours.
  private var palette: [Int] = []
  /// End of the file's own picture, without what follows it.
  private var pictureEnd = 0

  private static let largestChunk = Int(Int32.max)

  init(_ file: ByteReader) {
    self.file = file
    var at = PNG.signature.count
    var stated = 0
    var frameCount = 0
    var hasPicture = false
    while let length = file.be32(at), length <= Self.largestChunk, at + 8 <= file.count, !file.has("IEND", at: at + 4) {
      let kind = at + 4
      if file.has("acTL", at: kind) {
        stated = file.be32(at + 8) ?? 0
      } else if file.has("PLTE", at: kind) || file.has("tRNS", at: kind) {
        palette.append(at)
      } else if file.has("IDAT", at: kind) {
        if !hasPicture, pages.isEmpty { pages = [nil] }
        hasPicture = true
        pictureEnd = min(file.count, at + 12 + length)
      } else if file.has("fcTL", at: kind) {
        // Frames beyond those that are stated are not shown.
        guard frameCount < stated, let frame = frame(at: at) else { break }
        pages.append(frame)
        frameCount += 1
      } else if file.has("fdAT", at: kind), length > 4, hasPicture, !pages.isEmpty {
        pages[pages.count - 1]?.data.append(at)
      }
      at += 12 + length
    }
  }

  private func frame(at chunk: Int) -> Frame? {
    let body = chunk + 8
    guard let width = file.be32(body + 4), let height = file.be32(body + 8), let x = file.be32(body + 12),
      let y = file.be32(body + 16), let disposal = file.u8(body + 24), let blend = file.u8(body + 25)
    else { return nil }
    return Frame(
      area: PixelRect(x: x, y: y, width: width, height: height), clears: disposal == 1, restores: disposal == 2,
      overwrites: blend == 0)
  }

  static func pages(_ file: ByteReader) -> PageCount {
    // Frames before the one that is read may be drawn each time.
    PageCount(count: APNG(file).pages.count, limit: 10_000)
  }

  /// The page from which the canvas of `page` is drawn: the last that leaves nothing of those before it.
  func start(of page: Int, canvas: PixelSize) -> Int {
    let whole = PixelRect(x: 0, y: 0, width: canvas.width, height: canvas.height)
    for index in stride(from: page, to: 0, by: -1) {
      guard let frame = pages[index] else { return index }
      if frame.area == whole, frame.overwrites, index == page || !frame.restores { return index }
      guard let earlier = pages[index - 1] else { return index }
      if earlier.area == whole, earlier.clears { return index }
    }
    return 0
  }

  private static let end: [UInt8] = [0, 0, 0, 0] + Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]

  /// A file that holds the picture of page `index` alone.
  func file(of index: Int) -> [UInt8] {
    guard index > 0, let frame = pages[index] else { return Array(file[0..<pictureEnd].bytes) + Self.end }
    var bytes = PNG.signature
    // Depth and kind are those of the file.
    var header = Array(file[8..<33].bytes)
    header.replaceSubrange(8..<16, with: Self.be32(frame.area.width) + Self.be32(frame.area.height))
    bytes += header[..<21] + Self.be32(Self.checksum(header[4..<21]))
    for chunk in palette {
      guard let length = file.be32(chunk) else { continue }
      bytes += file[chunk..<chunk + 12 + length].bytes
    }
    for chunk in frame.data {
      guard let length = file.be32(chunk) else { continue }
      let end = chunk + 8 + length
      // The number of the frame is left out, and a wrong checksum stays wrong.
      bytes += Self.be32(length - 4) + Array("IDAT".utf8)
      let start = bytes.count - 4
      bytes += file[chunk + 12..<end].bytes
      guard let stated = file.be32(end) else { return bytes }
      bytes += Self.be32(Self.checksum(bytes[start...]) ^ Self.checksum(file[chunk + 4..<end].bytes) ^ stated)
    }
    return bytes + Self.end
  }

  private static func checksum(_ bytes: some Sequence<UInt8>) -> Int {
    let bytes = Array(bytes)
    return Int(cpng_checksum(bytes, bytes.count))
  }

  private static func be32(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }
}

extension ImageHeader {
  /// Takes over the frames of an animated PNG.
  mutating func setAnimation(_ animation: APNG, page: Int) {
    self.page = page
    pages = max(1, animation.pages.count)
    if page == 0, let warning = pagesWarning { warnings.append(warning) }
    guard page > 0, animation.pages.indices.contains(page) else { return }
    wholeChannels = 4
    isGrey = false
    // A frame and its data, and the canvas before it.
    setLibraryBytes(perPixel: 8)
    libraryBytes += animation.file.count
  }
}
