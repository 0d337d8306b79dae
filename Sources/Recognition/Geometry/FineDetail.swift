/// Where a picture has detail as fine as small letters: tiles in which the brightness of a row often rises and falls.
public struct FineDetail: Sendable {
  /// Side of a tile in pixels: about the height of the letters that are looked for.
  public static let tile = 16
  /// Least rise or fall that counts, in 255ths: above the noise of scans and of JPEG, below the contrast of grey print.
  private static let swing = 40
  /// Number of rises and falls in a tile that are fine detail. Letters of 8 to 12 pixels have 40 to 90.
  private static let least = 20

  public let columns: Int
  public let rows: Int
  private var isFine: [Bool]

  /// Examines one sample (of index `channel`) of each pixel; rows are `stride` bytes apart.
  public init(
    of pixels: UnsafePointer<UInt8>, size: PixelSize, stride: Int, samples: Int, channel: Int
  ) {
    (columns, rows) = (size.width / Self.tile, size.height / Self.tile)
    var turns = Array(repeating: 0, count: columns * rows)
    for y in 0..<rows * Self.tile {
      let row = pixels + y * stride + channel
      let first = y / Self.tile * columns
      // `extreme` is the highest sample since the last rise, or the lowest since the last fall.
      var extreme = Int(row[0])
      var isRising = false
      for x in 1..<max(1, columns * Self.tile) {
        let sample = Int(row[x * samples])
        if isRising ? sample <= extreme - Self.swing : sample >= extreme + Self.swing {
          turns[first + x / Self.tile] += 1
          isRising.toggle()
          extreme = sample
        } else if isRising == (sample > extreme) {
          extreme = sample
        }
      }
    }
    isFine = turns.map { $0 >= Self.least }
  }

  /// Removes the detail in a quadrilateral of the picture: the tiles with their centre in it, or at most three quarters
  /// of a tile beside it.
  public mutating func remove(_ quad: [Point]) {
    guard columns > 0, rows > 0, quad.count == 4 else { return }
    let side = Float(Self.tile)
    let beside = side * 0.75
    let tiles = { (low: Float, high: Float, count: Int) in
      Int(
        min(max((low - beside) / side, 0), Float(count - 1)))...Int(
          min(max((high + beside) / side, 0), Float(count - 1)))
    }
    let (xs, ys) = (quad.map(\.x), quad.map(\.y))
    for row in tiles(ys.min()!, ys.max()!, rows) {
      for column in tiles(xs.min()!, xs.max()!, columns) {
        let (x, y) = ((Float(column) + 0.5) * side, (Float(row) + 0.5) * side)
        let isOutside = quad.indices.contains { index in
          let (a, b) = (quad[index], quad[(index + 1) % 4])
          let (dx, dy) = (b.x - a.x, b.y - a.y)
          // Clockwise from the upper left: what is inside lies on the right of every side.
          return dx * (y - a.y) - dy * (x - a.x) < -beside * (dx * dx + dy * dy).squareRoot()
        }
        if !isOutside { isFine[row * columns + column] = false }
      }
    }
  }

  /// Whether two tiles side by side in a part of the picture have fine detail: a word has several, a speck one.
  public func isIn(_ part: PixelRect) -> Bool {
    let (left, top) = (max(0, part.x / Self.tile), max(0, part.y / Self.tile))
    let right = min(columns, (part.x + part.width + Self.tile - 1) / Self.tile)
    let bottom = min(rows, (part.y + part.height + Self.tile - 1) / Self.tile)
    guard right - left > 1, bottom > top else { return false }
    for row in top..<bottom {
      for column in left + 1..<right where isFine[row * columns + column] && isFine[row * columns + column - 1] {
        return true
      }
    }
    return false
  }
}
