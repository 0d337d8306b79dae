import Testing

@testable import Pipeline
@testable import Recognition

/// The sheets of `upscale --compare`.
@Suite struct ComparisonSheetTests {
  private func sheet(_ width: Int, _ height: Int, _ order: ChannelOrder) throws -> PixelBuffer {
    let picture = PixelBuffer(size: PixelSize(width: width, height: height), order: order)
    picture.bytes.update(repeating: 100)
    let sheet = ComparisonSheet(picture, scale: 3, name: "Straße.png", model: "edsr_lite_x3")
    let rows = [UInt8](repeating: 200, count: 3 * width * order.count)
    for y in 0..<(3 * height) {
      sheet.add(rows, channels: order.count, top: y, count: 1, width: 3 * width)
    }
    return try sheet.draw()
  }

  private func count(_ sheet: PixelBuffer, x: Range<Int>, y: Range<Int>, of value: UInt8) -> Int {
    let channels = sheet.order.count
    return y.reduce(0) { count, y in
      count + x.count { x in sheet.base[y * sheet.stride + x * channels] == value }
    }
  }

  /// Three columns under captions: the picture with two frames, the enlargement, the result.
  @Test(arguments: [ChannelOrder.bgr, .rgb, .grey]) func testColumns(order: ChannelOrder) throws {
    let sheet = try sheet(400, 200, order)
    #expect(sheet.size == PixelSize(width: 3 * 480 + 16, height: 24 + 2 * 480 + 8))
    // The view of 480 by 240 has black and white frames.
    #expect(count(sheet, x: 0..<480, y: 24..<264, of: 100) > 90_000)
    #expect(count(sheet, x: 0..<480, y: 24..<264, of: 0) > 1000)
    #expect(count(sheet, x: 0..<480, y: 24..<264, of: 255) > 500)
    #expect(count(sheet, x: 488..<968, y: 24..<504, of: 100) == 480 * 480)
    #expect(count(sheet, x: 976..<1456, y: 512..<992, of: 200) == 480 * 480)
    for left in [0, 488, 976] { #expect(count(sheet, x: left..<(left + 480), y: 0..<24, of: 255) < 480 * 24) }
    #expect(count(sheet, x: 0..<480, y: 264..<288, of: 255) < 480 * 24)
  }

  /// The panels show what has detail.
  @Test(arguments: [3, 7]) func testMostDetailedPart(scale: Int) throws {
    let picture = PixelBuffer(size: PixelSize(width: 500, height: 400), order: .grey)
    picture.bytes.update(repeating: 100)
    for y in 360..<400 { for x in 0..<40 { picture.base[y * 500 + x] = (x + y) % 4 < 2 ? 0 : 250 } }
    let side = 480 / scale
    #expect(
      picture.mostDetailed(
        PixelSize(width: side, height: side), in: PixelRect(x: 0, y: 0, width: 500, height: 400))
        == PixelRect(x: 0, y: 400 - side, width: side, height: side))
    let sheet = try ComparisonSheet(picture, scale: scale, name: "a", model: "m_x\(scale)").draw()
    // The enlarged pattern is dark in many places of both panels of the second column.
    let left = 480 + 8
    #expect(count(sheet, x: left..<(left + side * scale), y: 24..<(24 + side * scale), of: 100) < 480 * 480)
    #expect(count(sheet, x: left..<(left + 400), y: (40 + 480)..<(24 + 2 * 470), of: 100) < 100_000)
  }

  /// Captions of a small picture have room.
  @Test(arguments: [(1, 1), (2, 90), (90, 2), (7, 5)]) func testSmallPictures(width: Int, height: Int) throws {
    let sheet = try sheet(width, height, .bgr)
    #expect(sheet.size.width == 2 * 8 + 3 * max(240, 3 * width))
    #expect(sheet.size.height >= 24 + 6 * height + 8)
  }
}
