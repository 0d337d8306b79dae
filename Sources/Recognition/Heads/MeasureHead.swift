/// One measure per output, with the output's name.
enum MeasureHead {
  static func measures(in outputs: Outputs) throws(Failure) -> [Measure] {
    var measures: [Measure] = []
    for tensor in outputs.tensors {
      guard let value = tensor.values.first, value.isFinite else {
        throw Failure(.interpret, .unexpectedOutput, "\(tensor.name) is not a number")
      }
      measures.append(Measure(tensor.name, Double(value)))
    }
    return measures
  }
}
