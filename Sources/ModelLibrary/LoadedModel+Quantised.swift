import Foundation
import ModelFiles
import Platform
import Recognition

extension LoadedModel {
  /// Entry of an INT8 network's metadata: the digest of the network that it was made from.
  static let originKey = "imgrec.origin"

  /// Returns the model with its INT8 network in place of the first: the card's file of that role, or the one that
  /// quantisation wrote beside the network (`net.int8.onnx` for `net.onnx`).
  ///
  /// Throws `SetupError` if there is neither, or if the network has changed since it was quantised.
  public func quantised() throws(SetupError) -> LoadedModel {
    let int8 = try quantisedPath()
    // A user's own network is named by its file.
    let model = card.pinnedReference == nil ? networkName : card.name
    guard FileSystem.size(int8) != nil else {
      throw SetupError(
        "\(card.name) has no int8 network: \(int8) does not exist\n"
          + "Make one with your images: imgrec models quantise \(model) --images DIR")
    }
    // One that another program has made does not say.
    if let origin = Self.origin(of: int8), origin != digest {
      throw SetupError(
        "the int8 network of \(card.name) was made from another network than it has now: \(int8)\n"
          + "Make it anew with your images: imgrec models quantise \(model) --images DIR --force")
    }
    return try quantised(by: int8)
  }

  /// Whether there is an INT8 network, of this or another network.
  public var hasQuantised: Bool {
    guard let path = try? quantisedPath() else { return false }
    return FileSystem.size(path) != nil
  }

  /// The digest of the network that an INT8 network was made from; nil if it does not say.
  private static func origin(of int8: String) -> String? {
    guard let file = try? MappedFile(RawPath(int8)) else { return nil }
    return file.withBytes { ONNXModel($0).metadata[originKey] }
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
