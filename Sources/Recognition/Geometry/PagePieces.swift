/// A page in overlapping pieces of one shape, for networks that give a value for each pixel.
///
/// The page lies on a canvas with a margin around it: lines that touch the edge of their picture are found. Shapes are
/// multiples of 64 pixels, so that pictures of many sizes give few of them: an engine prepares itself for each.
public struct PagePieces: Sendable, Equatable {
  /// Pixels of the largest piece, so that the copies with half the sides lie in few of them: that of a photo of 4:3 in one
  /// (576 x 448), that of a receipt twice as high as wide in two. A run of PP-OCRv6's detector takes 300 bytes for each
  /// pixel, 79 MB in all. A page of 1240x1754 is read in 14 pieces with 1.5 times its pixels.
  public static let maxArea = 512 * 512
  /// Multiple of the sides of a piece.
  private static let multiple = 64
  /// Width of the pieces of high pages, and the longest side of any: a low page is not cut into columns before it must be,
  /// since its letters may be as high as it is.
  private static let usualWidth = 768
  private static let maxSide = 2048
  /// Pixels that neighbours share: more than the height of usual lines. Each gives its half nearer to its middle.
  private static let overlap = 64

  public let page: PixelSize
  /// Position of the page on the canvas.
  public let offset: (x: Int, y: Int)
  /// Shape of each piece.
  public let shape: PixelSize
  /// Positions of the pieces on the canvas.
  private let columns: [Int]
  private let rows: [Int]

  /// The pieces of a page of `page` pixels with at least `margin` pixels around it.
  public init(page: PixelSize, margin: Int) {
    self.page = page
    let high = (page.height + 2 * margin + Self.multiple - 1) / Self.multiple * Self.multiple
    let widest = min(Self.maxSide, Self.maxArea / high / Self.multiple * Self.multiple)
    let width = Self.cut(page.width + 2 * margin, maximum: max(Self.usualWidth, widest))
    let tallest = Self.maxArea / width.side / Self.multiple * Self.multiple
    let height = Self.cut(page.height + 2 * margin, maximum: min(Self.maxSide, tallest))
    shape = PixelSize(width: width.side, height: height.side)
    (columns, rows) = (width.starts, height.starts)
    // What the rounding adds is margin too.
    offset = ((columns.last! + shape.width - page.width) / 2, (rows.last! + shape.height - page.height) / 2)
  }

  /// The page with its margins.
  public var canvas: PixelSize {
    PixelSize(width: columns.last! + shape.width, height: rows.last! + shape.height)
  }

  public var count: Int { columns.count * rows.count }

  /// A piece on the canvas.
  public func piece(_ index: Int) -> PixelRect {
    PixelRect(
      x: columns[index % columns.count], y: rows[index / columns.count], width: shape.width, height: shape.height)
  }

  /// The part of the canvas for which a piece is the one that counts: these parts cover the canvas once.
  public func core(_ index: Int) -> PixelRect {
    let (x, y) = (
      Self.core(columns, index % columns.count, shape.width), Self.core(rows, index / columns.count, shape.height)
    )
    return PixelRect(x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count)
  }

  /// The part of the page in a piece, in pixels of the page; nil if it has none.
  public func visible(_ index: Int) -> PixelRect? {
    let piece = piece(index)
    let (left, top) = (max(0, piece.x - offset.x), max(0, piece.y - offset.y))
    let right = min(page.width, piece.x + piece.width - offset.x)
    let bottom = min(page.height, piece.y + piece.height - offset.y)
    guard right > left, bottom > top else { return nil }
    return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
  }

  public static func == (a: PagePieces, b: PagePieces) -> Bool {
    a.page == b.page && a.offset == b.offset && a.shape == b.shape && a.columns == b.columns && a.rows == b.rows
  }

  /// Equal pieces of at most `maximum` pixels for `length` pixels.
  private static func cut(_ length: Int, maximum: Int) -> (side: Int, starts: [Int]) {
    let count = length <= maximum ? 1 : (length - overlap + maximum - overlap - 1) / (maximum - overlap)
    let side = ((length + (count - 1) * overlap + count - 1) / count + multiple - 1) / multiple * multiple
    return (side, (0..<count).map { $0 * (side - overlap) })
  }

  private static func core(_ starts: [Int], _ index: Int, _ side: Int) -> Range<Int> {
    let low = index == 0 ? 0 : starts[index] + overlap / 2
    let high = index == starts.count - 1 ? starts[index] + side : starts[index + 1] + overlap / 2
    return low..<high
  }
}
