import Recognition

extension PixelBuffer {
  /// The mean squared difference of neighbours, in both directions, in the luma of a part.
  func energy(in part: PixelRect) -> Double {
    let step = order.count
    /// 1000 times the luma.
    func luma(_ x: Int, _ y: Int) -> Int {
      let pixel = base + y * stride + x * step
      guard step >= 3 else { return Int(pixel[0]) * 1000 }
      let isBGR = order == .bgr
      return Int(pixel[isBGR ? 2 : 0]) * 299 + Int(pixel[1]) * 587 + Int(pixel[isBGR ? 0 : 2]) * 114
    }
    let (right, bottom) = (part.x + part.width, part.y + part.height)
    var (across, down) = (0.0, 0.0)
    for row in part.y..<bottom {
      for column in part.x..<right {
        let here = luma(column, row)
        if column + 1 < right {
          let d = Double(luma(column + 1, row) - here)
          across += d * d
        }
        if row + 1 < bottom {
          let d = Double(luma(column, row + 1) - here)
          down += d * d
        }
      }
    }
    return (across + down) / Double(max(1, part.width * (part.width - 1))) / 1e6
  }

  /// Of the windows of `size` in `room` at a grid of positions, the one with the most detail; the middle one among
  /// equals. `size` is not larger than the room.
  func mostDetailed(_ size: PixelSize, in room: PixelRect) -> PixelRect {
    let steps = 4
    func offsets(_ length: Int) -> [Int] {
      // The middle comes first.
      let all = (0...steps).map { length * $0 / steps }
      return [length / 2] + Set(all).subtracting([length / 2]).sorted()
    }
    var best: (window: PixelRect, energy: Double)?
    for y in offsets(room.height - size.height) {
      for x in offsets(room.width - size.width) {
        let window = PixelRect(x: room.x + x, y: room.y + y, width: size.width, height: size.height)
        let energy = energy(in: window)
        if energy > best?.energy ?? -1 { best = (window, energy) }
      }
    }
    return best!.window
  }
}
