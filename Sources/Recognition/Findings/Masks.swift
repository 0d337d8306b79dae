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

  /// Fills `target` with row `y` of the map resized to `picture`, bilinear with pixel centres at halves.
  ///
  /// Row by row, as a picture may be many times as large as the map.
  public func row(_ y: Int, of picture: PixelSize, into target: UnsafeMutableBufferPointer<UInt8>) {
    let sy = Self.sample(y, picture.height, size.height)
    for x in 0..<picture.width {
      let sx = Self.sample(x, picture.width, size.width)
      target[x] = Self.blend(blended(sx, row: sy.low), blended(sx, row: sy.high), part: sy.part)
    }
  }

  /// The value at a sample of row `row`, in 256ths.
  @inline(__always)
  private func blended(_ sx: Sample, row: Int) -> Int {
    let start = row * size.width
    return Int(values[start + sx.low]) * (256 - sx.part) + Int(values[start + sx.high]) * sx.part
  }

  @inline(__always)
  private static func blend(_ low: Int, _ high: Int, part: Int) -> UInt8 {
    UInt8((low * (256 - part) + high * part + 32768) >> 16)
  }

  private typealias Sample = (low: Int, high: Int, part: Int)

  private static func sample(_ index: Int, _ target: Int, _ source: Int) -> Sample {
    let position = max(0, ((2 * index + 1) * source * 128) / target - 128)
    let low = min(position >> 8, source - 1)
    return (low, min(low + 1, source - 1), position & 255)
  }

  /// The pixels at or above `threshold` in a picture of `picture` pixels, as runs, with their bounding box.
  ///
  /// The map is resized column by column: what is allocated depends on the map and on the number of runs.
  public func runs(in picture: PixelSize, threshold: UInt8) -> (mask: RunLengthMask, box: Box) {
    var counts: [Int] = []
    var inside = false
    var run = 0
    var (left, top, right, bottom) = (picture.width, picture.height, 0, 0)
    // One column of the map, blended once where the picture has more rows than the map.
    let isTaller = picture.height > size.height
    var column = [Int](repeating: 0, count: size.height)
    for x in 0..<picture.width {
      let sx = Self.sample(x, picture.width, size.width)
      if isTaller {
        for row in 0..<size.height { column[row] = blended(sx, row: row) }
      }
      for y in 0..<picture.height {
        let sy = Self.sample(y, picture.height, size.height)
        let low = isTaller ? column[sy.low] : blended(sx, row: sy.low)
        let high = isTaller ? column[sy.high] : blended(sx, row: sy.high)
        let now = Self.blend(low, high, part: sy.part) >= threshold
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
