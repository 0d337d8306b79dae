import XCTest

@testable import Inputs
@testable import Platform
@testable import Recognition

/// Standard input that is no list: images one after another, and archives.
final class StreamTests: XCTestCase {
  /// A walk with a limit leaves the pipe before its writer does.
  override func setUp() { signal(SIGPIPE, SIG_IGN) }

  /// Walks over a stream that is fed in pieces; returns paths with sizes, or with codes.
  private func walk(
    _ bytes: [UInt8], piece: Int = 1000, separator: PathList.Separator = .newline,
    _ change: (inout WalkOptions) -> Void = { _ in }
  ) -> [String] {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0)
    let (read, write) = (ends[0], ends[1])
    Thread.detachNewThread {
      for start in stride(from: 0, to: bytes.count, by: piece) {
        let part = bytes[start..<min(start + piece, bytes.count)]
        _ = part.withUnsafeBytes { writeAll(write, $0) }
      }
      close(write)
    }
    defer { close(read) }
    let list = PathList(descriptor: read, separator: separator)
    return collect(DirectoryWalk([.list(list)], options: options(change), sniff: Self.sniff)).map { item in
      switch item.origin {
      case .bytes(let bytes): "\(item.path) \(bytes.count)"
      case .fault(let failure): "\(item.path)!\(failure.code.rawValue)"
      case .file, .fileAt: "\(item.path)"
      }
    }
  }

  private static func sniff(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    let magics: [(ImageFormat, [UInt8])] = [
      (.jpeg, [0xff, 0xd8, 0xff]), (.png, [0x89, 0x50, 0x4e, 0x47]), (.bmp, [0x42, 0x4d]), (.webp, Array("RIFF".utf8)),
      (.pnm, Array("P6".utf8)), (.tiff, Array("II*\0".utf8)), (.tiff, Array("MM\0*".utf8)), (.gif, Array("GIF8".utf8)),
      (.pnm, Array("P7".utf8)), (.jpegxl, [0, 0, 0, 12] + Array("JXL ".utf8)),
      (.jpeg2000, [0, 0, 0, 12] + Array("jP  ".utf8)),
    ]
    if bytes.count > 12, bytes[4..<12].elementsEqual("ftypheic".utf8) { return .heic }
    return magics.first { bytes.starts(with: $0.1) }?.0
  }

  /// A JPEG of `size` coded bytes, with an end marker in a segment and stuffed bytes in the scan.
  private func jpeg(_ size: Int, images: Int? = nil) -> [UInt8] {
    var bytes: [UInt8] = [0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 0xff, 0xd8]
    if let images {
      let mpf = Array("MPF\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 0xb0, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, UInt8(images)]
      bytes += [0xff, 0xe2, 0, UInt8(mpf.count + 2)] + mpf
    }
    bytes += [0xff, 0xda, 0, 3, 1]
    for n in 0..<size / 4 { bytes += [UInt8(n % 200), 0xff, n % 2 == 0 ? 0 : 0xd0, 7] }
    return bytes + [0xff, 0xd9]
  }

  private func png(_ size: Int) -> [UInt8] {
    func chunk(_ name: String, _ count: Int) -> [UInt8] {
      [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)] + Array(name.utf8)
        + [UInt8](repeating: 0x49, count: count) + [1, 2, 3, 4]
    }
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IDAT", size) + chunk("IEND", 0)
  }

  private var bmp: [UInt8] { [0x42, 0x4d, 100, 0, 0, 0] + [UInt8](repeating: 0, count: 94) }
  private var webp: [UInt8] { Array("RIFF".utf8) + [91, 0, 0, 0] + [UInt8](repeating: 0, count: 92) }
  private var ppm: [UInt8] { Array("P6 # a comment\n4 5\n255\n".utf8) + [UInt8](repeating: 0x50, count: 60) }

  private var pam: [UInt8] {
    Array("P7\n# a comment\nWIDTH 4\nHEIGHT 5\nDEPTH 2\nMAXVAL 65535\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n".utf8)
      + [UInt8](repeating: 0x50, count: 80)
  }

  /// Frames with colours of their own, in sub-blocks that hold trailers and beginnings of images.
  private var gif: [UInt8] {
    let table = [UInt8](repeating: 0x3B, count: 12)
    let blocks: [UInt8] = [5, 0x3B, 0xff, 0xd8, 0xff, 0x2C, 2, 0x3B, 0x3B, 0]
    let extensionBlock: [UInt8] = [0x21, 0xF9, 4, 0x3B, 0x3B, 0x3B, 0x3B, 0]
    let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 4, 0, 4, 0, 0x81] + table + [2] + blocks
    return Array("GIF89a".utf8) + [4, 0, 4, 0, 0x81, 0, 0] + table + extensionBlock + frame + frame + [0x3B]
  }

  private func box(_ kind: String, _ body: [UInt8]) -> [UInt8] {
    let size = body.count + 8
    return [0, 0, UInt8(size >> 8), UInt8(size & 255)] + Array(kind.utf8) + body
  }

  private var heic: [UInt8] {
    let large: [UInt8] =
      [0, 0, 0, 1] + Array("mdat".utf8) + [0, 0, 0, 0, 0, 0, 1, 16] + [UInt8](repeating: 9, count: 256)
    return box("ftyp", Array("heic".utf8) + [0, 0, 0, 0] + Array("mif1".utf8)) + box("meta", Array("ftyp".utf8) * 30)
      + large
  }

  private var jxl: [UInt8] {
    box("JXL ", [13, 10, 0x87, 10]) + box("ftyp", Array("jxl ".utf8) + [0, 0, 0, 0]) + box("jxlc", [0xff, 0x0a] * 40)
  }

  private var jp2: [UInt8] {
    box("jP  ", [13, 10, 0x87, 10]) + box("ftyp", Array("jp2 ".utf8) + [0, 0, 0, 0]) + box("jp2c", [0xff, 0x4f] * 40)
  }

  /// Two pages: strips before the directories, and one after the last.
  private func tiff(isBig: Bool) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      let bytes = (0..<count).map { UInt8(value >> (8 * $0) & 255) }
      return isBig ? bytes.reversed() : bytes
    }
    func entry(_ tag: Int, _ value: Int) -> [UInt8] {
      number(tag, 2) + number(4, 2) + number(1, 4) + number(value, 4)
    }
    let directory = { (strip: Int, next: Int) in
      number(2, 2) + entry(273, strip) + entry(279, 40) + number(next, 4)
    }
    return Array((isBig ? "MM" : "II").utf8) + number(42, 2) + number(48, 4) + [UInt8](repeating: 0x49, count: 40)
      + directory(8, 78) + directory(108, 0) + [UInt8](repeating: 0x4D, count: 40)
  }

  func testSizesThatNoNumberHolds() {
    let sides = "WIDTH 999999999\nHEIGHT 999999999\n"
    for rest in ["DEPTH 16\nMAXVAL 65535\n", "DEPTH 9\nMAXVAL 255\n", "DEPTH 1\nMAXVAL 1\n"] {
      let image = Array("P7\n\(sides)\(rest)ENDHDR\n".utf8)
      XCTAssertEqual(walk(image), ["- \(image.count)"], rest)
    }
    let ppm = Array("P6\n999999999 999999999\n65535\n".utf8)
    XCTAssertEqual(walk(ppm), ["- \(ppm.count)"])
  }

  func testImagesOfOtherFormatsOneAfterAnother() {
    let images = [gif, tiff(isBig: false), heic, pam, jxl, tiff(isBig: true), jp2, gif, heic, heic, png(300)]
    let expected = images.enumerated().map { "-#\($0 + 1) \($1.count)" }
    for piece in [7, 1000] { XCTAssertEqual(walk(Array(images.joined()), piece: piece), expected) }
    for image in images { XCTAssertEqual(walk(image), ["- \(image.count)"]) }
    for image in [gif, heic, pam, jxl, jp2] {
      XCTAssertEqual(walk(Array(image.dropLast(10))), ["- \(image.count - 10)"], "a cut image ends with the stream")
      // Of images over the limit no more is kept than the limit.
      XCTAssertEqual(
        walk(jpeg(80) + image + jpeg(80)) { $0.maxFileSize = 50 },
        ["-#1!file_too_large", "-#2!file_too_large", "-#3!file_too_large"])
    }
  }

  func testOneImage() {
    for image in [jpeg(4000), png(3000), bmp, webp, ppm, Array("II*\0".utf8) + [UInt8](repeating: 0, count: 70_000)] {
      for piece in [7, 1000, 100_000] { XCTAssertEqual(walk(image, piece: piece), ["- \(image.count)"]) }
      XCTAssertEqual(walk(image, separator: .nul), ["- \(image.count)"], "-0 does not matter")
    }
    // What a camera appends is a part of the file, and a photo with a depth map is one file.
    XCTAssertEqual(walk(jpeg(400) + Array("SEFT trailer".utf8)), ["- \(jpeg(400).count + 12)"])
    let pair = jpeg(4000, images: 2) + jpeg(800)
    XCTAssertEqual(walk(pair), ["- \(pair.count)"])
    XCTAssertEqual(walk(pair + pair), ["-#1 \(pair.count)", "-#2 \(pair.count)"])
    // A cut image ends with the stream.
    for image in [jpeg(4000), png(3000), bmp, webp, ppm] {
      XCTAssertEqual(walk(Array(image.dropLast(10))), ["- \(image.count - 10)"])
    }
  }

  func testImagesOneAfterAnother() {
    let images = [jpeg(4000), png(3000), jpeg(80_000), bmp, ppm, webp, jpeg(8)]
    let expected = images.enumerated().map { "-#\($0 + 1) \($1.count)" }
    for piece in [13, 1000, 1_000_000] { XCTAssertEqual(walk(Array(images.joined()), piece: piece), expected) }
    XCTAssertEqual(walk(Array(images.joined())) { $0.limit = 2 }, Array(expected.prefix(2)))
    // An image that was cut ends where the next one begins.
    let cut = Array(jpeg(4000).dropLast(300))
    XCTAssertEqual(walk(cut + jpeg(80)), ["-#1 \(cut.count)", "-#2 \(jpeg(80).count)"])
  }

  func testWhatCannotBeSeparatedIsReported() {
    XCTAssertEqual(
      walk(jpeg(400) + [1, 2, 3] + jpeg(80)), ["-#1 \(jpeg(400).count)", "-!unknown_format"],
      "an image behind bytes that are none")
    XCTAssertEqual(
      walk(jpeg(80) + jpeg(80) + [1, 2, 3]), ["-#1 \(jpeg(80).count)", "-#2 \(jpeg(80).count)", "-!unknown_format"])
    let large = [jpeg(80), jpeg(400_000), png(300_000), bmp]
    XCTAssertEqual(
      walk(Array(large.joined())) { $0.maxFileSize = 100_000 },
      ["-#1 \(jpeg(80).count)", "-#2!file_too_large", "-#3!file_too_large", "-#4 100"])
    XCTAssertEqual(walk(jpeg(400_000)) { $0.maxFileSize = 1000 }, ["-!file_too_large"])
  }

  /// Damaged streams end, and yield no more bytes than they have.
  func testMutants() throws {
    let tree = try TemporaryTree()
    let file = tree.path("stream")
    let whole = Array(
      [jpeg(400, images: 3), png(300), bmp, gif, tiff(isBig: false), heic, ppm, pam, webp, jxl, jpeg(80)].joined())
    var random = SystemRandomNumberGenerator()
    for _ in 0..<1500 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 3..<bytes.count, using: &random)] = [0, 1, 0x7f, 0xd8, 0xd9, 0xe2, 0xff].randomElement()!
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count - 3, using: &random))
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      let stream = try PathList(path: RawPath(file)).stream
      let images = ImageStream(
        stream, name: RawPath("-"), maxBytes: Int.random(in: 50...5000, using: &random), sniff: Self.sniff)
      var total = 0
      var count = 0
      while let member = images.next() {
        count += 1
        if case .bytes(let image) = member.origin { total += image.count }
        guard count < 1000, total <= bytes.count else { return XCTFail("\(count) images of \(total) bytes: \(bytes)") }
      }
    }
  }

  func testBytesOfNoKnownKind() throws {
    let mp4: [UInt8] = [0, 0, 0, 0x20] + Array("ftypisom".utf8) + [UInt8](repeating: 0, count: 100)
    XCTAssertEqual(walk(mp4), ["-!unsupported"])
    XCTAssertEqual(walk([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), ["-!unsupported"], "UTF-32")
    XCTAssertEqual(walk(Array("{\"schema\":\"imgrec/1\",\"path\":\"a.jpg\"}\n".utf8)), ["-!unsupported"], "records")
    for text in [" [{\"schema\":1}]", "[\n  \"a.jpg\"\n]", "{\n\"path\":", "path,status,format,width\n"] {
      XCTAssertEqual(walk(Array(text.utf8)), ["-!unsupported"], text)
    }
    XCTAssertEqual(walk(Array("[a].jpg\n{b}\npath,c\n".utf8)).count, 3, "names")
    XCTAssertEqual(walk([]), [])
    // Names that begin like magic numbers.
    XCTAssertEqual(walk(Array("BZh9.jpg\nPK\nRI\n".utf8)), ["BZh9.jpg!not_found", "PK!not_found", "RI!not_found"])
  }

  func testAListThatIsNone() throws {
    let tree = try TemporaryTree()
    try Data(jpeg(80)).write(to: URL(fileURLWithPath: tree.path("a.jpg")))
    let list = try PathList(path: RawPath(tree.path("a.jpg")))
    XCTAssertThrowsError(try list.check(sniff: Self.sniff)) {
      XCTAssertEqual("\($0)", "\(tree.path("a.jpg")) is an image, not a list of paths; name it as an input")
    }
    let walk = DirectoryWalk([.list(list)], sniff: Self.sniff)
    XCTAssertEqual(tree.relative(collect(walk)), ["a.jpg!unsupported"])
    try tree.file("list", "a.jpg\n")
    XCTAssertNoThrow(try PathList(path: RawPath(tree.path("list"))).check(sniff: Self.sniff))
  }
}

private func * (bytes: [UInt8], count: Int) -> [UInt8] { Array(repeatElement(bytes, count: count).joined()) }
