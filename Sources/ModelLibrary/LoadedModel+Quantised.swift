import Foundation
import Platform
import Recognition

extension LoadedModel {
  /// The model with its INT8 network in place of the first: the card's file of that role, or the one that quantising
  /// left beside the network (`net.int8.onnx` for `net.onnx`).
  ///
  /// Throws `SetupError` where there is neither.
  public func quantised() throws(SetupError) -> LoadedModel {
    guard let network = path(.network), card.format == .onnx else {
      throw SetupError("\(card.name) cannot be had in int8: its network is not ONNX")
    }
    let made = URL(fileURLWithPath: network).deletingPathExtension().path + ".int8.onnx"
    let place = path(.int8) ?? made
    guard FileSystem.size(place) != nil else {
      throw SetupError(
        "\(card.name) has no int8 network: there is no \(place) (make quantise MODEL=\(card.name) IMAGES=DIR makes one)"
      )
    }
    var model = self
    model.digest = try FileSystem.digest(place).hex
    for file in card.files where file.role == .network { model.paths[file.name] = place }
    // OpenCV 4.6 does not read quantised ONNX.
    model.card.engines.removeAll { $0 == .opencv }
    return model
  }
}
