import Platform

/// CenterFace (Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019): four maps at a
/// quarter of the slot: heat (1), scale (2: log height, log width), offset (2: y, x), landmarks (10: y, x of each, as
/// fractions of the box).
enum CenterFaceHead {
  static func candidates(in image: HeadInput) throws(Failure) -> BoxCandidates {
    let (columns, rows) = (image.slot.width / 4, image.slot.height / 4)
    let cells = columns * rows
    guard image.outputs.tensors.count == 4,
      zip(0..<4, [1, 2, 2, 10]).allSatisfy({ image.values($0).count == $1 * cells })
    else {
      throw Failure(
        .interpret, .unexpectedOutput,
        "CenterFace has four maps of \(columns)x\(rows), the network gave \(image.outputs.tensors.map(\.shape))")
    }
    let (heat, scale, offset, marks) = (image.values(0), image.values(1), image.values(2), image.values(3))
    try OutputCheck.finite(heat, "a score")
    var found = BoxCandidates()
    for cell in 0..<cells where heat[cell] >= image.thresholds.minConfidence && heat[cell] > 0 {
      let height = expf(scale[cell]) * 4
      let width = expf(scale[cells + cell]) * 4
      let left = (Float(cell % columns) + offset[cells + cell] + 0.5) * 4 - width / 2
      let top = (Float(cell / columns) + offset[cell] + 0.5) * 4 - height / 2
      let landmarks = (0..<5).map { n in
        Point(x: left + marks[(2 * n + 1) * cells + cell] * width, y: top + marks[2 * n * cells + cell] * height)
      }
      try found.add(
        .init(
          box: Box(x: left, y: top, width: width, height: height), score: heat[cell], id: nil, landmarks: landmarks))
    }
    return found
  }
}
