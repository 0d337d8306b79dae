/// The pixels of a segment as run lengths in COCO's order: down the columns, from the left, beginning with pixels outside.
public struct RunLengthMask: Sendable, Equatable {
  public let size: PixelSize
  /// Lengths of runs outside, inside, outside, ...; their sum is the picture's area.
  public let counts: [Int]

  public init(size: PixelSize, counts: [Int]) {
    self.size = size
    self.counts = counts
  }

  public var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }

  /// The compressed form of pycocotools: differences to the run before last, five bits per character.
  public var compressed: String {
    var text: [UInt8] = []
    for (index, count) in counts.enumerated() {
      var rest = index > 2 ? count - counts[index - 2] : count
      var more = true
      while more {
        var bits = rest & 0x1f
        rest >>= 5
        more = bits & 0x10 != 0 ? rest != -1 : rest != 0
        if more { bits |= 0x20 }
        text.append(UInt8(bits + 48))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads the compressed form; nil unless it covers a picture of `size` exactly.
  public init?(size: PixelSize, compressed text: String) {
    var counts: [Int] = []
    var (left, value, shift) = (size.area, 0, 0)
    for character in text.utf8 {
      guard (48..<112).contains(character), shift <= 55 else { return nil }
      let bits = Int(character) - 48
      value |= (bits & 0x1f) << shift
      shift += 5
      guard bits & 0x20 == 0 else { continue }
      if bits & 0x10 != 0 { value |= -1 << shift }
      let (count, isTooLarge) = value.addingReportingOverflow(counts.count > 2 ? counts[counts.count - 2] : 0)
      guard !isTooLarge, count >= 0, count <= left else { return nil }
      left -= count
      counts.append(count)
      (value, shift) = (0, 0)
    }
    guard shift == 0, left == 0 else { return nil }
    self.init(size: size, counts: counts)
  }
}

/// A probability for each pixel of the slot's window, in 255ths: the network's output before thresholding.
public struct SoftMask: Sendable, Equatable {
  public let size: PixelSize
  /// Row-major.
  public let values: [UInt8]

  public init(size: PixelSize, values: [UInt8]) {
    self.size = size
    self.values = values
  }

  /// Fills row `row` of a picture of `picture` pixels that the map covers, interpolating between its values.
  @inline(__always)
  func row(_ y: Int, of picture: PixelSize, into target: UnsafeMutableBufferPointer<UInt8>) {
    let sy = Self.sample(y, picture.height, size.height)
    for x in 0..<picture.width {
      let sx = Self.sample(x, picture.width, size.width)
      let a =
        Int(values[sy.low * size.width + sx.low]) * (256 - sx.part) + Int(values[sy.low * size.width + sx.high])
        * sx.part
      let b =
        Int(values[sy.high * size.width + sx.low]) * (256 - sx.part) + Int(values[sy.high * size.width + sx.high])
        * sx.part
      target[x] = UInt8((a * (256 - sy.part) + b * sy.part + 32768) >> 16)
    }
  }

  /// The map resized to `picture`, bilinear with pixel centres at halves.
  public func resized(to picture: PixelSize) -> PixelBuffer {
    let result = PixelBuffer(size: picture, order: .grey)
    for y in 0..<picture.height {
      row(
        y, of: picture, into: UnsafeMutableBufferPointer(start: result.base + y * picture.width, count: picture.width))
    }
    return result
  }

  private static func sample(_ index: Int, _ target: Int, _ source: Int) -> (low: Int, high: Int, part: Int) {
    let position = max(0, ((2 * index + 1) * source * 128) / target - 128)
    let low = min(position >> 8, source - 1)
    return (low, min(low + 1, source - 1), position & 255)
  }

  /// The pixels at or above `threshold` in a picture of `picture` pixels, as runs, with their bounding box.
  public func runs(in picture: PixelSize, threshold: UInt8) -> (mask: RunLengthMask, box: Box) {
    let whole = resized(to: picture)
    var counts: [Int] = []
    var inside = false
    var run = 0
    var (left, top, right, bottom) = (picture.width, picture.height, 0, 0)
    for x in 0..<picture.width {
      var pixel = whole.base + x
      for y in 0..<picture.height {
        let now = pixel.pointee >= threshold
        if now != inside {
          counts.append(run)
          run = 0
          inside = now
        }
        run += 1
        if now {
          left = min(left, x)
          right = x + 1
          top = min(top, y)
          bottom = max(bottom, y + 1)
        }
        pixel += picture.width
      }
    }
    counts.append(run)
    let box =
      right > left
      ? Box(left: Float(left), top: Float(top), right: Float(right), bottom: Float(bottom))
      : Box(x: 0, y: 0, width: 0, height: 0)
    return (RunLengthMask(size: picture, counts: counts), box)
  }
}
