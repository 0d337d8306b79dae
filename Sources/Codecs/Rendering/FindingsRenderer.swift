import COpenCV
import Recognition

/// Draws findings on a BGR picture, in place.
public struct FindingsRenderer {
  private let pixels: PixelBuffer
  /// Scale from the upright image's pixels to the picture's.
  private let scale: (x: Float, y: Float)
  private let thickness: Int32

  /// `image` is the upright size that the findings' coordinates refer to.
  public init(on pixels: PixelBuffer, image: PixelSize) {
    precondition(pixels.order == .bgr)
    self.pixels = pixels
    scale = (Float(pixels.size.width) / Float(image.width), Float(pixels.size.height) / Float(image.height))
    thickness = Int32(max(1, max(pixels.size.width, pixels.size.height) / 500))
  }

  /// Colours far apart in hue (Okabe and Ito's set, safe for colour-blind readers).
  private static let colours = [
    CVColour(b: 0, g: 159, r: 230), CVColour(b: 233, g: 180, r: 86), CVColour(b: 115, g: 158, r: 0),
    CVColour(b: 66, g: 228, r: 240), CVColour(b: 178, g: 114, r: 0), CVColour(b: 0, g: 94, r: 213),
    CVColour(b: 167, g: 121, r: 204),
  ]

  private static func colour(of label: String) -> CVColour {
    colours[label.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xffff } % colours.count]
  }

  public func draw(_ findings: Findings) {
    switch findings {
    case .labels(let labels): for (row, label) in labels.prefix(3).enumerated() { caption(label, row) }
    case .detections(let detections): for detection in detections { draw(detection) }
    case .segments(let segments): for segment in segments { draw(segment) }
    case .embedding, .measures, .upscaled: break
    }
  }

  private func caption(_ label: Label, _ row: Int) {
    let line = Float(14 * max(1, thickness) + 10)
    write(
      "\(label.label) \(percent(label.score))", at: Point(x: 0, y: Float(row + 1) * line), Self.colour(of: label.label))
  }

  private func draw(_ detection: Detection) {
    let name = detection.identity?.name ?? detection.text ?? detection.label
    let colour = Self.colour(of: detection.label ?? detection.identity?.name ?? "")
    let box = detection.box
    let corners =
      detection.quad.isEmpty
      ? [
        Point(x: box.x, y: box.y), Point(x: box.x + box.width, y: box.y),
        Point(x: box.x + box.width, y: box.y + box.height), Point(x: box.x, y: box.y + box.height),
      ] : detection.quad
    polygon(corners, colour)
    for landmark in detection.landmarks {
      let centre = scaled(landmark)
      copencv_draw_dot(pixels.base, width, height, centre.x, centre.y, thickness + 1, colour, nil)
    }
    write([name, percent(detection.score)].compactMap(\.self).joined(separator: " "), at: scaled(corners[0]), colour)
  }

  private func draw(_ segment: Segment) {
    let colour = Self.colour(of: segment.label)
    if let map = segment.map {
      let tint = [colour.b, colour.g, colour.r]
      var mask = [UInt8](repeating: 0, count: pixels.size.width)
      for y in 0..<pixels.size.height {
        mask.withUnsafeMutableBufferPointer { map.row(y, of: pixels.size, into: $0) }
        for x in 0..<pixels.size.width where mask[x] >= 128 {
          let samples = pixels.base + y * pixels.stride + 3 * x
          for channel in 0..<3 { samples[channel] = UInt8((Int(samples[channel]) + Int(tint[channel])) / 2) }
        }
      }
    }
    write("\(segment.label) \(percent(segment.score))", at: scaled(Point(x: segment.box.x, y: segment.box.y)), colour)
  }

  private func polygon(_ corners: [Point], _ colour: CVColour) {
    let points = corners.map(scaled).flatMap { [$0.x, $0.y] }
    copencv_draw_polygon(pixels.base, width, height, points, Int32(corners.count), colour, thickness, nil)
  }

  /// Draws text in the system's fonts; without any, in OpenCV's ASCII letters, with question marks for others.
  private func write(_ text: String, at point: Point, _ colour: CVColour) {
    if let line = TextRenderer(text, pixels: 5 + 10 * Int(thickness)) {
      return line.write(on: pixels, at: point, pad: 1 + Int(thickness), ground: (colour.b, colour.g, colour.r))
    }
    let plain = String(text.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? Character($0) : "?" })
    copencv_draw_label(pixels.base, width, height, point.x, point.y, plain, Double(thickness) * 0.5, colour, nil)
  }

  private func scaled(_ point: Point) -> Point { Point(x: point.x * scale.x, y: point.y * scale.y) }
  private func percent(_ score: Float) -> String { "\(Int((score * 100).rounded()))%" }
  private var width: Int32 { Int32(pixels.size.width) }
  private var height: Int32 { Int32(pixels.size.height) }
}

extension PixelBuffer {
  /// A copy of the part `rect`, which must be inside.
  public func part(_ rect: PixelRect) -> PixelBuffer {
    let copy = PixelBuffer(size: rect.size, order: order)
    for y in 0..<rect.height {
      (copy.base + y * copy.stride).update(
        from: base + (rect.y + y) * stride + rect.x * order.count, count: copy.stride)
    }
    return copy
  }
}
