/// The part of an image that a second-stage network takes for one detection.
public struct Crop: Sendable {
  /// Transform of the upright crop into the network's slot.
  public var transform: InputTransform
  /// Maps pixel centres of the slot to the image.
  public var toImage: Homography
  /// Whether pixels outside the image repeat its edge; otherwise they are black.
  public var repeatsEdge: Bool

  /// A crop of `size` that `toImage` maps into the image, prepared for `input`.
  public init(size: PixelSize, toImage: Homography, input: InputSpec, repeatsEdge: Bool) {
    transform = input.transform(of: size)
    let (x, y) = (
      Double(size.width) / Double(transform.resized.width), Double(size.height) / Double(transform.resized.height)
    )
    let shift = (
      x: (Double(transform.window.x - transform.offset.x) + 0.5) * x - 0.5,
      y: (Double(transform.window.y - transform.offset.y) + 0.5) * y - 0.5
    )
    self.toImage = toImage.after(.scale(x, y, by: shift))
    self.repeatsEdge = repeatsEdge
  }

  /// Image pixels per slot pixel, along the longer axis, in the middle of the crop.
  public var reduction: Double {
    let (x, y) = (Double(transform.slot.width) / 2, Double(transform.slot.height) / 2)
    let origin = toImage.apply(x, y)
    let right = toImage.apply(x + 1, y)
    let below = toImage.apply(x, y + 1)
    let length = { (a: (x: Double, y: Double)) in
      ((a.x - origin.x) * (a.x - origin.x) + (a.y - origin.y) * (a.y - origin.y)).squareRoot()
    }
    return max(length(right), length(below))
  }
}
