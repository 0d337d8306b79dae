import XCTest

@testable import Codecs
@testable import Recognition

/// What a TIFF's samples mean. The expected pixels are those that the files were made of.
final class TIFFTests: XCTestCase {
  /// A ramp of 16 x 16 pixels, every value once.
  private let ramp = Array(0..<256)

  /// The pixels as decoded: grey, BGR, or BGR and alpha.
  private func pixels(_ file: [UInt8], page: Int = 0) throws(Failure) -> (
    pixels: [UInt8], channels: Int, warnings: [String]
  ) {
    let result = file.withUnsafeBytes { raw -> Result<([UInt8], Int, [String]), Failure> in
      do throws(Failure) {
        let header = try TIFF.header(of: ByteReader(raw), page: page)
        if let fault = header.fault { throw fault }
        let count = header.storedSize.area
        var pixels = [UInt8](repeating: 0, count: count * 4)
        let request = LibraryDecoder.Request(format: .tiff, size: header.storedSize, page: header.page)
        let decoded = pixels.withUnsafeMutableBufferPointer {
          LibraryDecoder.decode(raw, request, into: $0.baseAddress!)
        }
        let stored = try StoredPixels(decoded, name: "tiff")
        return .success((Array(pixels.prefix(count * stored.channels)), stored.channels, stored.warnings))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func check(
    _ file: [UInt8], _ expected: [Int], within tolerance: Int = 1, _ name: String, line: UInt = #line
  ) throws {
    let found = try pixels(file)
    XCTAssertEqual(found.warnings, [], name, line: line)
    guard found.pixels.count == expected.count else {
      return XCTFail("\(name): \(found.channels) channels", line: line)
    }
    let worst = zip(found.pixels, expected).map { abs(Int($0) - $1) }.max() ?? 0
    XCTAssertLessThanOrEqual(worst, tolerance, name, line: line)
  }

  /// Grey of the ramp, reduced to `bits` and back.
  private func reduced(_ bits: Int) -> [Int] { ramp.map { ($0 >> max(0, 8 - bits)) * 255 / ((1 << min(bits, 8)) - 1) } }

  func testGreyOfEveryDepth() throws {
    for bits in [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 20, 27, 31] {
      let most = (1 << bits) - 1
      let values = bits < 8 ? ramp.map { $0 >> (8 - bits) } : ramp.map { $0 * most / 255 }
      for (photometric, samples) in [(1, values), (0, values.map { most - $0 })] {
        let picture = TIFFPicture(
          16, 16, bits: bits, photometric: photometric, data: packed(samples, bits: bits, perRow: 16))
        if bits == 16 { continue }
        try check(picture.file(), reduced(bits), "\(bits) bits, photometric \(photometric)")
        try check(picture.file(bigEndian: true), reduced(bits), "\(bits) bits, big endian")
      }
    }
    for size in [1, 2, 3, 4] {
      for bigEndian in [false, true] {
        let unsigned = integers(ramp.map { $0 * ((1 << (8 * size)) - 1) / 255 }, size: size, bigEndian: bigEndian)
        let signed = integers(ramp.map { $0 * ((1 << (8 * size - 1)) - 1) / 255 }, size: size, bigEndian: bigEndian)
        for (format, data) in [(1, unsigned), (2, signed)] {
          let picture = TIFFPicture(16, 16, bits: 8 * size, photometric: 1, format: format, data: data)
          try check(
            picture.file(bigEndian: bigEndian), ramp, within: size == 1 ? 2 : 1, "\(size) bytes, format \(format)")
        }
      }
    }
  }

  func testFloats() throws {
    func file(_ values: [Double], bits: Int, _ fields: [Int: TIFFPicture.Field] = [:]) -> [UInt8] {
      let data = values.flatMap { value -> [UInt8] in
        switch bits {
        case 64: integers([Int(bitPattern: UInt(value.bitPattern))], size: 8)
        case 32: integers([Int(Float(value).bitPattern)], size: 4)
        default: integers([Int(Float16(value).bitPattern)], size: 2)
        }
      }
      return TIFFPicture(16, 16, bits: bits, photometric: 1, format: 3, data: data).with(fields).file()
    }
    for bits in [16, 32, 64] {
      try check(file(ramp.map { Double($0) / 255 }, bits: bits), ramp, "0 to 1 in \(bits) bits")
      try check(file(ramp.map { Double($0) / 510 }, bits: bits), ramp.map { $0 / 2 }, "0 to 0.5 is dark")
      try check(file(ramp.map(Double.init), bits: bits), ramp, "0 to 255 in \(bits) bits")
      try check(file(ramp.map { Double($0) * 3 - 400 }, bits: bits), ramp, "its own range in \(bits) bits")
    }
    try check(file(ramp.map { Double($0) * 257 }, bits: 32), ramp, "0 to 65535")
    var holes = ramp.map { Double($0) * 3 - 400 }
    (holes[3], holes[4], holes[5]) = (.nan, .infinity, -3.4e38)
    let black = ramp.map { (3...5).contains($0) ? 0 : $0 }
    try check(file(holes, bits: 32), black, "absent samples")
    for i in 3...5 { holes[i] = -9999 }
    try check(file(holes, bits: 32, [42113: .bytes(Array("-9999\0".utf8))]), black, "GDAL's mark", line: #line)
  }

  func testLargestValues() throws {
    for bits in [8, 10, 12, 13, 14] {
      let most = (1 << bits) - 1
      let picture = TIFFPicture(
        16, 16, bits: 16, photometric: 1, data: integers(ramp.map { $0 * most / 255 }, size: 2))
      try check(picture.file(), ramp, "\(bits) in 16 bits")
      try check(picture.with([281: .shorts([most])]).file(), ramp, "\(bits) in 16 bits, by the field")
    }
    let half = TIFFPicture(16, 16, bits: 16, photometric: 1, data: integers(ramp.map { $0 * 128 }, size: 2))
    try check(half.file(), ramp.map { $0 * 128 / 257 }, "a picture of 16 bits that is dark")
    try check(half.with([281: .shorts([32767])]).file(), ramp, "15 in 16 bits by the field")
    let dark = ramp.flatMap { [$0 * 30, $0 * 20, $0 * 10, 65535] }
    let opaque = TIFFPicture(16, 16, bits: 16, samples: 4, photometric: 2, data: integers(dark, size: 2))
    try check(
      opaque.with([338: .shorts([2])]).file(), ramp.flatMap { [$0 * 10 / 257, $0 * 20 / 257, $0 * 30 / 257, 255] },
      "alpha shows the depth")
    let levels = ramp.map { $0 * 100 - 500 }
    let signed = TIFFPicture(16, 16, bits: 16, photometric: 1, format: 2, data: integers(levels, size: 2))
    try check(signed.file(), ramp, "below zero: its own range")
  }

  /// RGB of the ramp: R rises, G falls, B is half of R.
  private var colours: [Int] { ramp.flatMap { [$0, 255 - $0, $0 / 2] } }
  private var bgr: [Int] { ramp.flatMap { [$0 / 2, 255 - $0, $0] } }

  func testColoursInEveryLayout() throws {
    for size in [1, 2, 4] {
      let scale = ((1 << (8 * size)) - 1) / 255
      for bigEndian in [false, true] {
        let data = integers(colours.map { $0 * scale }, size: size, bigEndian: bigEndian)
        let rgb = TIFFPicture(16, 16, bits: 8 * size, samples: 3, photometric: 2, data: data)
        for isBig in [false, true] {
          try check(rgb.file(bigEndian: bigEndian, isBig: isBig), bgr, within: 0, "\(size) bytes, big: \(isBig)")
        }
        var planar = rgb.with([284: .shorts([2])])
        planar.blocks = (0..<3).map { c in
          integers(stride(from: c, to: 768, by: 3).map { colours[$0] * scale }, size: size, bigEndian: bigEndian)
        }
        try check(planar.file(bigEndian: bigEndian), bgr, within: 0, "planes of \(size) bytes")
        // One tile that is larger than the picture.
        var tile: [UInt8] = []
        for y in 0..<16 {
          tile += data[y * 48 * size..<(y + 1) * 48 * size]
          tile += [UInt8](repeating: 9, count: 48 * size)
        }
        let tiled = rgb.tiled(32, 16, [tile])
        try check(tiled.file(bigEndian: bigEndian), bgr, within: 0, "tiles of \(size) bytes")
      }
    }
    let deep = TIFFPicture(
      16, 16, bits: 10, samples: 3, photometric: 2,
      data: packed(colours.map { $0 * 1023 / 255 }, bits: 10, perRow: 48))
    try check(deep.file(), bgr, "10 bits")
  }

  func testExtraSamples() throws {
    let alpha = ramp.map { 255 - $0 / 2 }
    func file(_ kinds: [Int], _ colours: [Int], photometric: Int = 2) -> [UInt8] {
      let count = colours.count / 256
      var data: [Int] = []
      for i in 0..<256 {
        data += colours[i * count..<(i + 1) * count]
        for _ in kinds { data.append(alpha[i]) }
      }
      let picture = TIFFPicture(
        16, 16, bits: 8, samples: count + kinds.count, photometric: photometric, data: integers(data, size: 1))
      return picture.with([338: .shorts(kinds)]).file()
    }
    var withAlpha: [Int] = []
    for i in 0..<256 {
      withAlpha += bgr[i * 3..<i * 3 + 3]
      withAlpha.append(alpha[i])
    }
    try check(file([0], colours), bgr, within: 0, "infrared")
    try check(file([0, 0], colours), bgr, within: 0, "five bands")
    try check(file([2], colours), withAlpha, within: 0, "straight alpha")
    try check(file([0, 2], colours), withAlpha, within: 0, "infrared and alpha")
    let multiplied = (0..<768).map { (colours[$0] * alpha[$0 / 3] + 127) / 255 }
    try check(file([1], multiplied), withAlpha, "alpha that the colours are multiplied by")
    let grey = ramp.flatMap { [$0, $0, $0, alpha[$0]] }
    try check(file([2], ramp, photometric: 1), grey, within: 0, "grey and alpha")
    try check(file([0], ramp, photometric: 1), ramp, within: 0, "grey and another band")
  }

  func testPhotometrics() throws {
    let palette = (0..<3).flatMap { c in (0..<256).map { [$0, 255 - $0, $0 / 2][c] } }
    for factor in [257, 256, 1] {
      let indexed = TIFFPicture(16, 16, bits: 8, photometric: 3, data: ramp.map(UInt8.init))
        .with([320: .shorts(palette.map { $0 * factor })])
      try check(indexed.file(), bgr, within: 0, "palette times \(factor)")
    }
    let inks = ramp.flatMap { [0, 255, 0, 255 - $0] }
    for size in [1, 2] {
      let data = integers(inks.map { size == 1 ? $0 : $0 * 257 }, size: size)
      let cmyk = TIFFPicture(16, 16, bits: 8 * size, samples: 4, photometric: 5, data: data)
      try check(cmyk.file(), ramp.flatMap { [$0, 0, $0] }, "CMYK of \(size) bytes")
    }
    // sRGB's red, white, and middle grey (D50).
    let labs: [([Double], [Int])] = [
      ([54.29, 80.81, 69.89], [0, 0, 255]), ([100, 0, 0], [255, 255, 255]), ([53.59, 0, 0], [128, 128, 128]),
      ([29.57, 68.29, -112.03], [255, 0, 0]), ([0, 0, 0], [0, 0, 0]),
    ]
    for (lab, expected) in labs {
      let (l, a, b): (Double, Double, Double) = (lab[0], lab[1], lab[2])
      let kinds: [(photometric: Int, size: Int, values: [Double])] = [
        (8, 1, [l * 2.55, a, b]), (8, 2, [l * 655.35, a * 256, b * 256]), (9, 1, [l * 2.55, a + 128, b + 128]),
        (9, 2, [l * 652.8, (a + 128) * 256, (b + 128) * 256]),
      ]
      for kind in kinds {
        let data = integers(kind.values.map { Int($0.rounded()) }, size: kind.size)
        let picture = TIFFPicture(
          1, 1, bits: 8 * kind.size, samples: 3, photometric: kind.photometric, data: data)
        // The steps of 8 bits are a part of the difference.
        try check(picture.file(), expected, within: 4, "L*a*b* \(lab), \(kind)")
      }
    }
  }

  func testCompressionsOfLibtiff() throws {
    let decoder = ImageDecoder()
    let reference = try decoder.decode(Fixtures.image("exif_1.png"))
    for (name, most) in [
      ("zstd", 0.0), ("lzma", 0), ("lerc", 0), ("webp", 0), ("float_predictor", 0), ("int16_planar", 1), ("jpeg", 6),
      ("old_jpeg", 6), ("ycbcr", 3),
    ] {
      let decoded = try decoder.decode(Fixtures.bytes("tiff/\(name).tif"))
      XCTAssertLessThanOrEqual(meanDifference(decoded.slot, reference.slot), most, name)
      XCTAssertEqual(decoded.warnings, [], name)
    }
    let fax = try decoder.decode(Fixtures.bytes("tiff/group3.tif"))
    XCTAssertEqual(meanDifference(fax.slot, try decoder.decode(Fixtures.bytes("tiff/group4.tif")).slot), 0)
    XCTAssertEqual(Set(fax.slot.bytes), [0, 255])
    // The background is light, the arrow dark.
    XCTAssertEqual(fax.slot.base[fax.slot.byteCount - 1], 255)
    XCTAssertEqual(fax.slot.base[0], 0)
  }

  func testKindsThatAreNotReadAreNamed() {
    let rgb = TIFFPicture(
      16, 16, bits: 8, samples: 3, photometric: 2, data: [UInt8](repeating: 0, count: 768))
    let grey = TIFFPicture(16, 16, bits: 8, photometric: 1, data: [UInt8](repeating: 0, count: 256))
    for (picture, word) in [
      (grey.with([259: .shorts([34712])]), "JPEG 2000"), (grey.with([259: .shorts([999])]), "compression 999"),
      (rgb.with([262: .shorts([10])]), "photometric interpretation 10"),
      (rgb.with([339: .shorts([5, 5, 5])]), "format"),
      (rgb.with([258: .shorts([5, 6, 5])]), "BitsPerSample"), (rgb.with([262: .shorts([5])]), "inks"),
      (grey.with([258: .shorts([24]), 339: .shorts([3])]), "float depth 24"),
    ] {
      XCTAssertThrowsError(try pixels(picture.file()), word) { error in
        let failure = error as? Failure
        XCTAssertEqual(failure?.code, .unsupported, word)
        XCTAssertTrue(failure?.message.contains(word) == true, "\(error)")
      }
    }
  }
}
