import Foundation
import TestSupport
import XCTest

@testable import Codecs
@testable import Recognition

enum Fixtures {
  static let root = Checkout.fixtures

  static func image(_ name: String) throws -> [UInt8] { try bytes("images/\(name)") }
  static func damaged(_ name: String) throws -> [UInt8] { try bytes("damaged/\(name)") }
  static func bytes(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: root.appendingPathComponent(path)))
  }
}

/// A decoded slot and what was said of it.
struct Decoded {
  var header: ImageHeader
  var slot: PixelBuffer
  var warnings: [String]
}

extension ImageDecoder {
  /// Decodes into one view; the whole picture in BGR if none is given.
  func decode(_ bytes: [UInt8], _ transform: (PixelSize) -> InputTransform = { .whole($0, order: .bgr) })
    throws(Failure) -> Decoded
  {
    // The buffer's closure cannot throw typed errors through rethrows, so the result is carried out.
    let result = bytes.withUnsafeBytes { raw -> Result<Decoded, Failure> in
      do throws(Failure) {
        let header = try self.header(of: raw)
        let transform = transform(header.size)
        let slot = PixelBuffer(size: transform.slot, order: transform.order)
        let warnings = try self.decode(raw, header: header, into: [(transform, slot)])
        return .success(Decoded(header: header, slot: slot, warnings: warnings))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}

/// The square in the middle after the short side came to `side`.
func centre(_ side: Int, short: Int, order: ChannelOrder = .bgr, filter: InputTransform.Filter = .area) -> (PixelSize)
  -> InputTransform
{
  let spec = InputSpec(
    width: side, height: side, resize: .init(rule: .shortSide, side: short), filter: filter, channels: order,
    mean: [0], scale: [1])
  return { spec.transform(of: $0) }
}

/// The picture stretched to a size.
func stretch(_ width: Int, _ height: Int, order: ChannelOrder = .bgr, filter: InputTransform.Filter = .area) -> (
  PixelSize
) ->
  InputTransform
{
  let spec = InputSpec(
    width: width, height: height, resize: .init(rule: .stretch), filter: filter, channels: order, mean: [0],
    scale: [1])
  return { spec.transform(of: $0) }
}

extension PixelBuffer {
  /// A copy of the samples. `bytes` does not keep the buffer alive.
  var samples: [UInt8] { withExtendedLifetime(self) { Array(bytes) } }
}

func meanDifference(_ a: PixelBuffer, _ b: PixelBuffer) -> Double {
  precondition(a.byteCount == b.byteCount)
  var sum = 0
  for i in 0..<a.byteCount { sum += abs(Int(a.base[i]) - Int(b.base[i])) }
  return Double(sum) / Double(a.byteCount)
}

func greatestDifference(_ a: PixelBuffer, _ b: PixelBuffer) -> Int {
  precondition(a.byteCount == b.byteCount)
  return (0..<a.byteCount).reduce(0) { max($0, abs(Int(a.base[$1]) - Int(b.base[$1]))) }
}

/// Peak signal to noise, in dB.
func psnr(_ a: PixelBuffer, _ b: PixelBuffer) -> Double {
  var sum = 0
  for i in 0..<a.byteCount {
    let difference = Int(a.base[i]) - Int(b.base[i])
    sum += difference * difference
  }
  return sum == 0 ? .infinity : 10 * log10(255 * 255 * Double(a.byteCount) / Double(sum))
}

/// Numbers that are the same in every run.
struct Dice: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
