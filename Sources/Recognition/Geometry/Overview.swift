/// A smaller copy of a picture in a network's slot, in which it finds the objects that are too large for it there.
///
/// YuNet's receptive field ends at about 450 pixels: of faces that fill their picture it finds all up to 480 pixels, .43 of
/// those of 700 and none of 1000; on the copy it finds all of them. HyperLPR's detector draws no box wider than about 460
/// pixels: of plates of 600 it finds a part of .4, and .97 on the copy.
public struct Overview: Sendable {
  /// Pixels of the slot up to which the network finds what it looks for.
  private static let largestFound: Float = 448
  /// Pixels of the slot from which an object of the copy counts: smaller ones are the first pass's to find.
  private static let leastLarge: Float = 288
  /// Pixels of the slot from which a detection of the first pass may be a part of an object that is too large for it.
  private static let leastPart: Float = 224
  /// A part lies inside the whole object with this much of its area, and has at most that much of the area of the whole.
  private static let (inside, smaller): (Float, Float) = (0.6, 0.7)
  /// Height of a face as a multiple of its width: a picture has no larger one than its short side admits.
  private static let aspect: Float = 1.3
  /// Part of the doubt that the first pass admits. A blurred flower is a face for YuNet at .89, real faces are at .92.
  private static let doubt: Float = 0.5

  /// From the upright image to a square slot, so that all pictures give one shape.
  public let transform: InputTransform
  /// Pixels of the image from which an object counts.
  private let least: Float

  /// nil if the rule does not ask for a copy, or `first` leaves no room for an object that is too large.
  public init?(of first: InputTransform, rule: InputSpec.ResizeRule) {
    guard rule.rule == .fit, let side = rule.overview else { return nil }
    let (long, short) = (
      max(first.resized.width, first.resized.height), min(first.resized.width, first.resized.height)
    )
    guard long > side, min(Float(long), Self.aspect * Float(short)) > Self.largestFound else { return nil }
    let size = first.resized.scaled(by: Double(side) / Double(long))
    transform = InputTransform(
      image: first.image, resized: size, window: PixelRect(x: 0, y: 0, width: size.width, height: size.height),
      slot: PixelSize(width: side, height: side), pad: first.pad, order: first.order, filter: .area)
    least = Self.leastLarge * Float(first.image.width) / Float(first.resized.width)
  }

  /// Thresholds for the copy: of the few objects that it adds, more certainty is asked.
  public static func thresholds(_ first: Thresholds) -> Thresholds {
    var thresholds = first
    thresholds.minConfidence = 1 - doubt * (1 - first.minConfidence)
    return thresholds
  }

  /// The detections of the first pass, and the large ones of the copy that none of them covers, best first. What the first
  /// pass saw of one of these only in part is left out.
  public func merge(_ copy: [Detection], into first: [Detection], iou: Float) -> [Detection] {
    let large = copy.filter { max($0.box.width, $0.box.height) >= least }
    let whole = first.filter { found in !large.contains { isPart(found, of: $0) } }
    let added = large.filter { large in
      !whole.contains { $0.label == large.label && $0.box.iou(large.box) > iou }
    }
    guard !added.isEmpty else { return first }
    return (whole + added).sorted { $0.score > $1.score }
  }

  private func isPart(_ part: Detection, of whole: Detection) -> Bool {
    guard part.label == whole.label, part.box.area < Self.smaller * whole.box.area,
      max(part.box.width, part.box.height) >= least * Self.leastPart / Self.leastLarge
    else { return false }
    let shared = part.box.intersection(whole.box)
    return shared > 0 && shared >= Self.inside * part.box.area
  }
}
