/// What a second network sees of a thing that a first one found.
public struct Crop: Sendable {
  /// How the upright crop is brought into the network's slot.
  public var transform: InputTransform
  /// From a pixel of the slot to the image's pixel, both counted at their centres.
  public var toImage: Homography
  /// What lies outside the image: black, or the nearest pixel.
  public var repeatsEdge: Bool

  /// A crop of `size` that `toImage` takes into the image, as `input` wants it.
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

  /// Pixels of the image under one of the slot, along its longer axis, in the middle of the crop.
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
