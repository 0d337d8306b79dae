/// One image of a batch, for heads that find boxes.
struct HeadInput {
  let outputs: Outputs
  let index: Int
  let transform: InputTransform
  let labels: [String]
  let thresholds: Thresholds

  /// The size of the picture that the network saw.
  var slot: PixelSize { outputs.slot ?? transform.slot }

  /// The part of output `output` that belongs to this image.
  func values(_ output: Int) -> UnsafeBufferPointer<Float> { outputs.tensors[output].image(index, of: outputs.count) }

  /// The shape of output `output` without the image dimension and leading sides of 1.
  func shape(_ output: Int) -> [Int] {
    let tensor = outputs.tensors[output]
    var shape = tensor.shape
    if shape.count > 2 { shape.removeFirst() }
    while shape.count > 2, shape.first == 1 { shape.removeFirst() }
    return shape
  }

  /// Throws unless the network has as many classes as there are labels.
  func expect(classes: Int) throws(Failure) {
    guard classes > 0 else {
      throw Failure(.interpret, .unexpectedOutput, "the network's rows are too short to hold a class")
    }
    guard labels.isEmpty || labels.count == classes else {
      throw Failure(
        .interpret, .unexpectedOutput, "the network gave \(classes) classes, the card has \(labels.count) labels")
    }
  }
}
