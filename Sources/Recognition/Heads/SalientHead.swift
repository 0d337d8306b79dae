/// U2-Net (Qin et al., "U2-Net: Going Deeper with Nested U-Structure for Salient Object Detection", 2020): a saliency
/// map, stretched to 0 to 1 for each image as its authors do.
enum SalientHead {
  static let label = "salient"

  static func segments(in outputs: Outputs, image index: Int, transform: InputTransform, thresholds: Thresholds)
    throws(Failure)
    -> [Segment]
  {
    guard let tensor = outputs.tensors.first, tensor.shape.count >= 2,
      tensor.values.count == outputs.count * transform.slot.area
    else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "a map of \(transform.slot.width)x\(transform.slot.height) is expected, the network gave "
          + "\(outputs.tensors.first?.shape ?? [])")
    }
    let values = tensor.image(index, of: outputs.count)
    try OutputCheck.finite(values, "a pixel of its map")
    guard let low = values.min(), let high = values.max(), (high - low).isFinite else {
      throw Failure(.interpret, .unexpectedOutput, "the network's map has no range")
    }
    // A network that finds nothing gives a flat map, whose noise must not be stretched.
    guard high >= 0.5, high > low else { return [] }
    let window = PixelRect(
      x: transform.offset.x, y: transform.offset.y, width: transform.window.width, height: transform.window.height)
    var cells = [UInt8](repeating: 0, count: window.size.area)
    for y in 0..<window.height {
      let row = (y + window.y) * transform.slot.width + window.x
      for x in 0..<window.width {
        cells[y * window.width + x] = UInt8(((values[row + x] - low) / (high - low) * 255).rounded())
      }
    }
    let map = SoftMask(size: window.size, values: cells)
    let threshold = UInt8((min(max(thresholds.minConfidence, 1 / 255), 1) * 255).rounded(.up))
    let (mask, box) = map.runs(in: transform.image, threshold: threshold)
    let inside = cells.filter { $0 >= threshold }
    let area = mask.area
    guard area > 0, !inside.isEmpty, thresholds.labels?.contains(label) ?? true else { return [] }
    let score = inside.reduce(0.0) { $0 + Double($1) } / Double(inside.count) / 255
    return [Segment(label: label, score: Float(score), box: box, area: area, mask: mask, map: map)]
  }
}
