import Foundation
import Platform
import Recognition

extension LoadedModel {
  /// Returns the model with its INT8 network in place of the first: the card's file of that role, or the one that
  /// quantisation wrote beside the network (`net.int8.onnx` for `net.onnx`).
  ///
  /// Throws `SetupError` if there is neither.
  public func quantised() throws(SetupError) -> LoadedModel {
    let int8 = try quantisedPath()
    guard FileSystem.size(int8) != nil else {
      // A user's own network is named by its file.
      let model = card.pinnedReference == nil ? networkName : card.name
      throw SetupError(
        "\(card.name) has no int8 network: \(int8) does not exist\n"
          + "Make one with your images: imgrec models quantise \(model) --images DIR")
    }
    return try quantised(by: int8)
  }

  /// Returns the model with the INT8 network `file` in place of the first.
  public func quantised(by file: String) throws(SetupError) -> LoadedModel {
    var model = self
    model.isQuantised = true
    model.digest = try NetworkFiles.digest(of: file, format: card.format)
    for known in card.files where known.role == .network { model.paths[known.name] = file }
    // OpenCV 4.6 does not read quantised ONNX.
    model.card.engines.removeAll { $0 == .opencv }
    return model
  }

  /// The path of the INT8 network, present or not.
  ///
  /// Throws `SetupError` if the model can have none.
  public func quantisedPath() throws(SetupError) -> String {
    guard let network = path(.network), card.format == .onnx else {
      throw SetupError("\(card.name) has no int8 form: its network is not ONNX\nUse --precision f32, or another model.")
    }
    return path(.int8) ?? URL(fileURLWithPath: network).deletingPathExtension().path + ".int8.onnx"
  }
}
