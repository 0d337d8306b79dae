import Recognition

/// A region of a picture as the guidelines of the Metadata Working Group have it (version 2.0, "Image Regions"): in parts of
/// the picture as it is stored, whatever its orientation says.
public struct FaceRegion: Sendable, Equatable {
  /// The centre, in parts of the stored picture's width and height.
  public var x: Double
  public var y: Double
  /// The size, in parts of the stored picture's.
  public var width: Double
  public var height: Double
  public var name: String?
  /// "Face", "Pet", "Focus" or "BarCode".
  public var type: String

  public init(x: Double, y: Double, width: Double, height: Double, name: String? = nil, type: String = "Face") {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
    self.name = name
    self.type = type
  }

  public static func == (a: FaceRegion, b: FaceRegion) -> Bool { a.text == b.text && a.type == b.type }

  /// The region of `box` in a picture of `size`, both upright; nil if nothing of it is inside.
  public init?(_ box: Box, in size: PixelSize, _ orientation: Orientation, name: String? = nil) {
    let inside = box.clipped(to: size)
    guard inside.width > 0, inside.height > 0 else { return nil }
    let (w, h) = (Double(size.width), Double(size.height))
    let (left, top) = (Double(inside.x) / w, Double(inside.y) / h)
    let (width, height) = (Double(inside.width) / w, Double(inside.height) / h)
    let centre = orientation.stored(x: left + width / 2, y: top + height / 2)
    self.init(
      x: centre.x, y: centre.y, width: orientation.swapsAxes ? height : width,
      height: orientation.swapsAxes ? width : height, name: name)
  }

  /// Numbers in the order x, y, width, height, and the name: what a sidecar's memory has.
  var text: String { numbers.joined(separator: " ") + (name.map { " \($0)" } ?? "") }

  /// With six decimals: a fiftieth of a pixel of the widest pictures.
  var numbers: [String] { [x, y, width, height].map(Self.number) }

  private static func number(_ value: Double) -> String {
    let millionths = value > 0 ? Int((min(value, 1) * 1_000_000).rounded()) : 0
    guard millionths < 1_000_000 else { return "1.000000" }
    let digits = String(millionths)
    return "0." + String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// Reads `text`; nil if it is none.
  init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 4)
    guard parts.count >= 4 else { return nil }
    let numbers = parts.prefix(4).compactMap { Double($0) }.filter(\.isFinite)
    guard numbers.count == 4 else { return nil }
    self.init(
      x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3],
      name: parts.count > 4 ? String(parts[4]) : nil)
  }

  /// Whether both are of one face: the intersection is half of the union or more.
  func isSame(as other: FaceRegion) -> Bool {
    let (a, b) = (box, other.box)
    return a.iou(b) >= 0.5
  }

  private var box: Box {
    Box(x: Float(x - width / 2), y: Float(y - height / 2), width: Float(width), height: Float(height))
  }
}

extension Orientation {
  /// The point of the stored picture at a point of the upright one, both in parts of width and height.
  fileprivate func stored(x: Double, y: Double) -> (x: Double, y: Double) {
    switch self {
    case .upright: (x, y)
    case .mirrored: (1 - x, y)
    case .rotated180: (1 - x, 1 - y)
    case .flipped: (x, 1 - y)
    case .transposed: (y, x)
    case .rotated90: (y, 1 - x)
    case .transversed: (1 - y, 1 - x)
    case .rotated270: (1 - y, x)
    }
  }
}
