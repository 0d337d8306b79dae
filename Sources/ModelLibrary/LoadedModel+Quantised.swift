import Foundation
import Platform
import Recognition

extension LoadedModel {
  /// Returns the model with its INT8 network in place of the first: the card's file of that role, or the one that
  /// quantisation wrote beside the network (`net.int8.onnx` for `net.onnx`).
  ///
  /// Throws `SetupError` if there is neither.
  public func quantised() throws(SetupError) -> LoadedModel {
    guard let network = path(.network), card.format == .onnx else {
      throw SetupError("\(card.name) has no int8 form: its network is not ONNX")
    }
    let derived = URL(fileURLWithPath: network).deletingPathExtension().path + ".int8.onnx"
    let int8 = path(.int8) ?? derived
    guard FileSystem.size(int8) != nil else {
      throw SetupError(
        "\(card.name) has no int8 network: \(int8) does not exist (make quantise MODEL=\(card.name) IMAGES=DIR makes one)"
      )
    }
    var model = self
    model.digest = try FileSystem.digest(int8).hex
    for file in card.files where file.role == .network { model.paths[file.name] = int8 }
    // OpenCV 4.6 does not read quantised ONNX.
    model.card.engines.removeAll { $0 == .opencv }
    return model
  }
}
