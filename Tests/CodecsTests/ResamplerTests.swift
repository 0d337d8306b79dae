import CPixels
import Foundation
import XCTest

@testable import Codecs
@testable import Recognition

/// The resampler against what each filter is by definition, in plain Swift and double precision.
final class ResamplerTests: XCTestCase {
  /// The weights of the source positions for target position `i`, in their order: a dictionary's own differs from run
  /// to run, and with it the last bit of a sum, on which some roundings hang.
  private func weights(_ i: Int, source: Int, resized: Int, filter: InputTransform.Filter) -> [(Int, Double)] {
    let ratio = Double(source) / Double(resized)
    let centre = (Double(i) + 0.5) * ratio
    var found: [Int: Double] = [:]
    switch filter {
    case .linear:
      let at = centre - 0.5
      let low = Int(at.rounded(.down))
      let part = at - at.rounded(.down)
      found[min(max(low, 0), source - 1), default: 0] += 1 - part
      found[min(max(low + 1, 0), source - 1), default: 0] += part
    case .area where ratio >= 1:
      for k in 0..<source {
        let overlap = min(Double(k + 1), centre + ratio / 2) - max(Double(k), centre - ratio / 2)
        if overlap > 0 { found[k] = overlap }
      }
    case .area, .bilinear, .bicubic:
      let stretch = max(1, ratio)
      for k in 0..<source {
        let x = abs((Double(k) + 0.5 - centre) / stretch)
        if filter != .bicubic {
          if x < 1 { found[k] = 1 - x }
        } else if x < 1 {
          found[k] = 1.5 * x * x * x - 2.5 * x * x + 1
        } else if x < 2 {
          found[k] = -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2
        }
      }
    }
    let ordered = found.sorted { $0.key < $1.key }
    let sum = ordered.reduce(0) { $0 + $1.value }
    return ordered.map { ($0.key, $0.value / sum) }
  }

  private func reference(_ picture: PixelBuffer, _ transform: InputTransform) -> PixelBuffer {
    let channels = picture.order.count
    let slot = PixelBuffer(size: transform.slot, order: picture.order)
    for y in 0..<transform.window.height {
      let down = weights(
        y + transform.window.y, source: picture.size.height, resized: transform.resized.height, filter: transform.filter
      )
      for x in 0..<transform.window.width {
        let across = weights(
          x + transform.window.x, source: picture.size.width, resized: transform.resized.width, filter: transform.filter
        )
        for c in 0..<channels {
          var sum = 0.0
          for (v, a) in down {
            for (h, b) in across { sum += a * b * Double(picture.base[v * picture.stride + h * channels + c]) }
          }
          slot.base[y * slot.stride + x * channels + c] = UInt8(min(255, max(0, sum.rounded())))
        }
      }
    }
    return slot
  }

  /// A source so wide that sums over its columns would take more than 16 MiB is reduced horizontally first.
  func testAVeryWideSourceIsWhatANarrowOneGives() throws {
    let (columns, times, rows) = (20, 3000, 2)
    for channels in [1, 3] {
      func file(_ times: Int) -> [UInt8] {
        var bytes = Array("P\(channels == 1 ? 5 : 6) \(columns * times) \(rows) 255\n".utf8)
        for y in 0..<rows {
          for x in 0..<columns {
            let pixel = (0..<channels).map { UInt8((x * 37 + y * 120 + $0 * 50) & 255) }
            for _ in 0..<times { bytes += pixel }
          }
        }
        return bytes
      }
      let order = channels == 1 ? ChannelOrder.grey : .bgr
      let view = stretch(columns, 300 / channels, order: order)
      let narrow = try ImageDecoder().decode(file(1), view).slot
      let wide = try ImageDecoder().decode(file(times), view).slot
      XCTAssertLessThanOrEqual(greatestDifference(narrow, wide), 1)
    }
  }

  func testMemoryIsReckonedBeforehand() {
    func bytes(_ image: PixelSize, _ width: Int, _ height: Int) -> Int {
      SlotWriter.bytes(for: stretch(width, height)(image), stored: image, orientation: .upright)
    }
    XCTAssertLessThan(bytes(PixelSize(width: 6000, height: 4000), 224, 224), 1 << 20)
    XCTAssertLessThan(bytes(PixelSize(width: 1_000_000, height: 1), 320, 320), 40 << 20)
    XCTAssertLessThan(bytes(PixelSize(width: 50_000_000, height: 1), 320, 320), 400 << 20)
    // The weights of an axis of its own size: at least 12 bytes and one weight for each.
    XCTAssertGreaterThan(bytes(PixelSize(width: 1_000_000, height: 1), 1_000_000, 1), 16_000_000)
  }

  func testEveryFilterIsWhatItSays() throws {
    let decoder = ImageDecoder()
    for order in [ChannelOrder.bgr, .grey] {
      let bytes = try Fixtures.image(order == .grey ? "grey.png" : "rgb.png")
      let picture = try decoder.decode(bytes) { .whole($0, order: order) }.slot
      for filter in [InputTransform.Filter.area, .bilinear, .bicubic, .linear] {
        for (width, height) in [(40, 31), (96, 72), (130, 100), (7, 90), (48, 36), (1, 1), (300, 20)] {
          let whole = stretch(width, height, order: order, filter: filter)(picture.size)
          let window = PixelRect(x: width / 5, y: height / 4, width: (width + 1) / 2, height: (height + 1) / 2)
          let cut = InputTransform(
            image: picture.size, resized: whole.resized, window: window, slot: window.size, order: order,
            filter: filter)
          for transform in [whole, cut] {
            let given = try decoder.decode(bytes) { _ in transform }.slot
            let expected = reference(picture, transform)
            // BGR to grey before or after the resize differs by a rounding.
            XCTAssertLessThanOrEqual(
              greatestDifference(given, expected), 1, "\(order) \(filter) \(width)x\(height) \(transform.window)")
            XCTAssertLessThan(meanDifference(given, expected), 0.02, "\(order) \(filter) \(width)x\(height)")
          }
        }
      }
    }
  }

  func testAThinPictureDoesNotTakeTheMemory() throws {
    let header = Array("P5\n1 20000\n255\n".utf8)
    let decoder = ImageDecoder()
    let decoded = try decoder.decode(header + [UInt8](repeating: 9, count: 20000), centre(224, short: 256))
    XCTAssertTrue(decoded.slot.bytes.allSatisfy { $0 == 9 })
    let flat = try decoder.decode(
      Array("P5\n20000 1\n255\n".utf8) + [UInt8](repeating: 9, count: 20000), stretch(10, 10, filter: .bicubic))
    XCTAssertTrue(flat.slot.bytes.allSatisfy { $0 == 9 })
  }

  func testPacking() {
    var dice = Dice(state: 3)
    let mean: [Float] = [123.675, 116.28, 103.53]
    let scale: [Float] = [0.0171, 0.0175, 0.0174]
    for count in [1, 7, 8, 37, 224] {
      for channels in [1, 3] {
        let source = (0..<count * channels).map { _ in UInt8.random(in: 0...255, using: &dice) }
        var planes = [Float](repeating: -1, count: count * channels)
        var pixels = planes
        cpixels_pack_nchw(source, count, Int32(channels), mean, scale, &planes)
        cpixels_pack_nhwc(source, count, Int32(channels), mean, scale, &pixels)
        for i in 0..<count {
          for c in 0..<channels {
            let expected = (Float(source[i * channels + c]) - mean[c]) * scale[c]
            XCTAssertEqual(planes[c * count + i], expected)
            XCTAssertEqual(pixels[i * channels + c], expected)
          }
        }
      }
    }
  }

  func testOrientedCopiesFollowTheVocabulary() {
    let stored = PixelSize(width: 71, height: 45)
    for channels in [1, 3] {
      let source = (0..<stored.area * channels).map { UInt8(truncatingIfNeeded: $0 &* 31 / channels) }
      for orientation in Orientation.allCases {
        let upright = orientation.swapsAxes ? stored.transposed : stored
        var target = [UInt8](repeating: 0, count: source.count)
        cpixels_orient(
          source, stored.width * channels, Int32(stored.width), Int32(stored.height), Int32(channels),
          Int32(orientation.rawValue), &target, upright.width * channels)
        for y in 0..<upright.height {
          for x in 0..<upright.width {
            let from = orientation.stored(x: x, y: y, upright: upright)
            XCTAssertEqual(
              target[(y * upright.width + x) * channels], source[(from.y * stored.width + from.x) * channels])
          }
        }
      }
    }
  }

  /// Against OpenCV 4.6: cvtColor(BGR2YCrCb) of 8 bits, and back.
  func testBrightnessAndColourAreOpenCVs() {
    let pixels: [UInt8] = [200, 30, 90, 0, 0, 255, 255, 255, 255, 17, 130, 66]
    var split = [UInt8](repeating: 0, count: pixels.count)
    cpixels_ycrcb(pixels, &split, 4, false)
    XCTAssertEqual(split, [88, 208, 129, 29, 107, 255, 255, 128, 128, 89, 77, 115])
    let brightness = stride(from: 0, to: split.count, by: 3).map { split[$0] }
    cpixels_recolour(&split, brightness, 4, false)
    for (made, given) in zip(split, pixels) { XCTAssertEqual(Int(made), Int(given), accuracy: 2) }
  }
}
