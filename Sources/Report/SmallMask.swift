import Recognition

/// A mask reduced to a grid of a thumbnail's detail, as text of a few hundred bytes.
///
/// Runs outside, inside, outside, ... go down the columns as in the record's mask; each length has five bits in a
/// character, the lowest first, and a sixth if more follow. The characters are those of base64url in their order.
struct SmallMask: Equatable {
  let size: PixelSize
  let text: String

  /// Long side of the grid.
  static let side = 64
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Samples the mask at the centre of each cell; takes time for its runs and for the cells.
  init(_ mask: RunLengthMask) {
    let (width, height) = (mask.size.width, mask.size.height)
    let factor = min(1, Double(Self.side) / Double(max(width, height, 1)))
    size = PixelSize(
      width: max(1, Int((Double(width) * factor).rounded())), height: max(1, Int((Double(height) * factor).rounded())))
    var bytes: [UInt8] = []
    var (run, end, inside) = (0, mask.counts.first ?? 0, false)
    var (length, last) = (0, false)
    func append(_ length: Int) {
      var rest = length
      repeat {
        bytes.append(Self.digits[rest & 31 | (rest > 31 ? 32 : 0)])
        rest >>= 5
      } while rest > 0
    }
    for column in 0..<size.width {
      let x = (2 * column + 1) * width / (2 * size.width)
      for row in 0..<size.height {
        let index = x * height + (2 * row + 1) * height / (2 * size.height)
        while index >= end, run + 1 < mask.counts.count {
          run += 1
          end += mask.counts[run]
          inside.toggle()
        }
        if inside != last {
          append(length)
          (length, last) = (0, inside)
        }
        length += 1
      }
    }
    append(length)
    text = String(decoding: bytes, as: UTF8.self)
  }
}
