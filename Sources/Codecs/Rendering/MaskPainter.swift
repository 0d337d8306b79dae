import COpenCV
import Recognition

/// Tints what a mask covers, so that the picture stays visible, and draws the mask's edge in its full colour.
struct MaskPainter {
  let pixels: PixelBuffer
  /// Width of the edge, in pixels. It lies inside, and not along the border of the picture.
  let line: Int

  /// Share of the colour, in 256ths: 0.35.
  private static let tint = 90

  /// Goes down the rows with a window of 2 `line` + 1 of them: a pixel is of the edge if some pixel of the square around
  /// it is outside. What is allocated is that of the window, whatever the picture's size.
  ///
  /// Returns the box of the mask's first run in its highest row, down to the end of `box`, in pixels of the picture; nil if
  /// nothing is covered.
  @discardableResult
  func paint(_ mask: RunLengthMask, in box: Box, _ colour: CVColour) -> Box? {
    let (width, height) = (pixels.size.width, pixels.size.height)
    let (top, end) = rows(of: box, mask.size)
    guard top < end, mask.size.area > 0 else { return nil }
    var summit: Box?
    let samples = [Int(colour.b), Int(colour.g), Int(colour.r)]
    let window = 2 * line + 1
    let first = max(0, top - line)
    var source = MaskRows(mask, picture: pixels.size, from: first)
    var inside = [UInt8](repeating: 0, count: window * width)
    // Whether all pixels of the row within `line` are inside, and how many rows of the window have that.
    var kept = [UInt8](repeating: 0, count: window * width)
    var depth = [UInt16](repeating: 0, count: width)
    inside.withUnsafeMutableBufferPointer { inside in
      kept.withUnsafeMutableBufferPointer { kept in
        depth.withUnsafeMutableBufferPointer { depth in
          for row in first..<(end + line) {
            let slot = row % window * width
            if row - window >= first { for x in 0..<width { depth[x] -= UInt16(kept[slot + x]) } }
            if row < height {
              source.next(into: inside.baseAddress! + slot)
              Self.erode(inside.baseAddress! + slot, into: kept.baseAddress! + slot, width, by: line)
              for x in 0..<width { depth[x] += UInt16(kept[slot + x]) }
            }
            let y = row - line
            guard y >= top else { continue }
            let full = UInt16(min(height - 1, y + line) - max(0, y - line) + 1)
            let here = y % window * width
            let target = pixels.base + y * pixels.stride
            if summit == nil, let left = (0..<width).first(where: { inside[here + $0] != 0 }) {
              let right = (left..<width).first { inside[here + $0] == 0 } ?? width
              summit = Box(left: Float(left), top: Float(y), right: Float(right), bottom: Float(end))
            }
            for x in 0..<width where inside[here + x] != 0 {
              let share = depth[x] == full ? Self.tint : 256
              for channel in 0..<3 {
                let sample = Int(target[3 * x + channel])
                target[3 * x + channel] = UInt8((sample * (256 - share) + samples[channel] * share + 128) >> 8)
              }
            }
          }
        }
      }
    }
    return summit
  }

  /// The picture's rows that `box`, in pixels of the mask, may reach.
  private func rows(of box: Box, _ mask: PixelSize) -> (top: Int, end: Int) {
    let scale = Float(pixels.size.height) / Float(max(1, mask.height))
    let inside = box.clipped(to: mask)
    let top = Int((inside.y * scale).rounded(.down)) - 1
    let end = Int(((inside.y + inside.height) * scale).rounded(.up)) + 1
    return (max(0, top), min(pixels.size.height, end))
  }

  /// 1 where all pixels within `reach` are 1; beyond the ends of the row everything counts as 1.
  private static func erode(
    _ row: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>, _ width: Int, by reach: Int
  ) {
    var outside = 0
    for x in 0..<min(reach, width) where row[x] == 0 { outside += 1 }
    for x in 0..<width {
      if x + reach < width, row[x + reach] == 0 { outside += 1 }
      if x - reach - 1 >= 0, row[x - reach - 1] == 0 { outside -= 1 }
      target[x] = outside == 0 ? 1 : 0
    }
  }
}

/// The rows of a mask, from one of them on, in the size of a picture; its runs go down the columns.
private struct MaskRows {
  private let counts: [Int]
  private let mask: PixelSize
  private let picture: PixelSize
  /// The picture's next row, and the mask's row at which the columns are.
  private var y: Int
  private var row: Int
  /// For each column, its run and how many pixels of the run are left from `row` on.
  private var run: [Int32]
  private var left: [Int]
  private let columns: [Int32]

  init(_ mask: RunLengthMask, picture: PixelSize, from first: Int) {
    counts = mask.counts
    self.mask = mask.size
    self.picture = picture
    y = first
    row = first * mask.size.height / picture.height
    run = []
    left = []
    columns = (0..<picture.width).map { Int32($0 * mask.size.width / picture.width) }
    run.reserveCapacity(mask.size.width)
    left.reserveCapacity(mask.size.width)
    var (index, end) = (0, counts.first ?? 0)
    for column in 0..<mask.size.width {
      let start = column * mask.size.height + row
      while end <= start, index + 1 < counts.count {
        index += 1
        end += counts[index]
      }
      run.append(Int32(index))
      left.append(end - start)
    }
  }

  /// Fills `target` with 1 inside and 0 outside.
  mutating func next(into target: UnsafeMutablePointer<UInt8>) {
    let wanted = y * mask.height / picture.height
    counts.withUnsafeBufferPointer { counts in
      run.withUnsafeMutableBufferPointer { run in
        left.withUnsafeMutableBufferPointer { left in
          for column in 0..<mask.width {
            left[column] -= wanted - row
            while left[column] <= 0, Int(run[column]) + 1 < counts.count {
              run[column] += 1
              left[column] += counts[Int(run[column])]
            }
          }
          for x in 0..<picture.width { target[x] = UInt8(run[Int(columns[x])] & 1) }
        }
      }
    }
    row = wanted
    y += 1
  }
}
