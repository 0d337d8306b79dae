/// (n, length, ...) -> a vector, L2-normalised unless the card says otherwise.
enum EmbeddingHead {
  static func vector(in outputs: Outputs, image index: Int, normalise: Bool) throws(Failure) -> [Float] {
    guard let tensor = outputs.tensors.first, !tensor.values.isEmpty, tensor.values.count % outputs.count == 0 else {
      throw Failure(.interpret, .unexpectedOutput, "the network gave no vector")
    }
    let values = Array(tensor.image(index, of: outputs.count))
    let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length.isFinite else { throw Failure(.interpret, .unexpectedOutput, "the network gave no finite vector") }
    guard normalise, length > 0 else { return values }
    return values.map { Float(Double($0) / length) }
  }
}
