/// A sample of a map, as its values are added up.
protocol DoubleConvertible { var double: Double { get } }

extension Float: DoubleConvertible { var double: Double { Double(self) } }
extension UInt8: DoubleConvertible { var double: Double { Double(self) } }

/// The connected components of a binarised map of text.
struct TextPieces {
  /// The outline of each: the leftmost and rightmost pixel of each row.
  private(set) var all: [[Point]] = []

  /// The components of the samples above `binary`, dilated to the right and below, as OpenCV's dilate does with a kernel
  /// of 2 x 2.
  init<Sample: Comparable>(of map: UnsafeBufferPointer<Sample>, width: Int, height: Int, above binary: Sample) {
    guard width > 0, height > 0 else { return }
    // A column and row of zeros around the map spares the checks of its edges.
    let stride = width + 2
    let set = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: stride * (height + 2))
    set.initialize(repeating: 0)
    defer { set.deallocate() }
    for y in 0..<height {
      let row = (y + 1) * stride + 1
      for x in 0..<width where map[y * width + x] > binary {
        set[row + x] = 1
        if x + 1 < width { set[row + x + 1] = 1 }
        if y + 1 < height {
          set[row + stride + x] = 1
          if x + 1 < width { set[row + stride + x + 1] = 1 }
        }
      }
    }
    var stack: [Int32] = []
    var rows: [(left: Int32, right: Int32)] = Array(repeating: (.max, -1), count: height)
    for start in stride..<stride * (height + 1) where set[start] != 0 {
      var (top, bottom) = (height, -1)
      set[start] = 0
      stack.append(Int32(start))
      while let pixel = stack.popLast().map(Int.init) {
        let (y, x) = (pixel / stride - 1, Int32(pixel % stride - 1))
        (top, bottom) = (min(top, y), max(bottom, y))
        rows[y] = (min(rows[y].left, x), max(rows[y].right, x))
        for row in [pixel - stride, pixel, pixel + stride] {
          for near in row - 1...row + 1 where set[near] != 0 {
            set[near] = 0
            stack.append(Int32(near))
          }
        }
      }
      var outline: [Point] = []
      outline.reserveCapacity(2 * (bottom - top + 1))
      for y in top...bottom {
        outline.append(Point(x: Float(rows[y].left), y: Float(y)))
        outline.append(Point(x: Float(rows[y].right), y: Float(y)))
        rows[y] = (.max, -1)
      }
      all.append(outline)
    }
  }
}
