/// The codes of one image in a row of numbers, one code after another: eight coordinates in slot pixels; 1 if the content
/// is not text, else 0; the lengths in bytes of the format's name, of the text and of the stored content; then those bytes,
/// one number each.
public enum CodesHead {
  /// Appends a code to `numbers`. `bytes` may be empty if the text has the whole content.
  public static func append(
    corners: [Float], isBinary: Bool, format: some Collection<UInt8>, text: some Collection<UInt8>,
    bytes: some Collection<UInt8>, to numbers: inout [Float]
  ) {
    precondition(corners.count == 8)
    numbers += corners
    numbers += [isBinary ? 1 : 0, Float(format.count), Float(text.count), Float(bytes.count)]
    numbers += format.lazy.map(Float.init)
    numbers += text.lazy.map(Float.init)
    numbers += bytes.lazy.map(Float.init)
  }

  static func codes(in outputs: Outputs, transform: InputTransform) throws(Failure) -> [OpticalCode] {
    var codes: [OpticalCode] = []
    for tensor in outputs.tensors {
      var rest = tensor.values[...]
      while !rest.isEmpty {
        let code = try next(&rest, transform)
        if !codes.contains(where: { isSame($0, code) }) { codes.append(code) }
      }
    }
    return inReadingOrder(codes)
  }

  private static func next(_ rest: inout Slice<UnsafeBufferPointer<Float>>, _ transform: InputTransform) throws(Failure)
    -> OpticalCode
  {
    let head = try take(12, from: &rest)
    let quad = stride(from: 0, to: 8, by: 2).map { transform.imagePoint(x: head[$0], y: head[$0 + 1]) }
    try OutputCheck.positions(quad)
    let format = try bytes(head[9], from: &rest)
    let text = try bytes(head[10], from: &rest)
    let content = try bytes(head[11], from: &rest)
    return OpticalCode(
      text: String(decoding: text, as: UTF8.self), bytes: head[8] == 0 ? [] : content,
      format: String(decoding: format, as: UTF8.self), quad: quad.map { inside($0, transform.image) })
  }

  private static func take(_ count: Int, from rest: inout Slice<UnsafeBufferPointer<Float>>) throws(Failure) -> [Float]
  {
    guard count <= rest.count else {
      throw Failure(.interpret, .unexpectedOutput, "a code ends before its content")
    }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  private static func bytes(_ count: Float, from rest: inout Slice<UnsafeBufferPointer<Float>>) throws(Failure)
    -> [UInt8]
  {
    let numbers = try take(Int(exactly: count).flatMap { $0 < 0 ? nil : $0 } ?? .max, from: &rest)
    return try numbers.map { (number) throws(Failure) in
      guard let byte = UInt8(exactly: number) else {
        throw Failure(.interpret, .unexpectedOutput, "the content of a code comes as bytes")
      }
      return byte
    }
  }

  private static func inside(_ point: Point, _ image: PixelSize) -> Point {
    Point(x: min(max(point.x, 0), Float(image.width)), y: min(max(point.y, 0), Float(image.height)))
  }

  /// Whether two readings are of one code: those of one content that touch. The same label on two objects is two codes.
  private static func isSame(_ a: OpticalCode, _ b: OpticalCode) -> Bool {
    guard a.format == b.format, a.text == b.text, a.bytes == b.bytes else { return false }
    let (first, second) = (a.box, b.box)
    // The box of a bar code of which one row was read has no height.
    let slack = max(2, min(max(first.width, first.height), max(second.width, second.height)) / 8)
    return first.x - slack <= second.x + second.width && second.x - slack <= first.x + first.width
      && first.y - slack <= second.y + second.height && second.y - slack <= first.y + first.height
  }

  private static func inReadingOrder(_ codes: [OpticalCode]) -> [OpticalCode] {
    let boxes = codes.enumerated().map { index, code in
      Detection(id: index, score: 1, box: code.box, quad: code.box.corners)
    }
    return TextMapHead.inReadingOrder(boxes).compactMap { $0.id.map { codes[$0] } }
  }
}
