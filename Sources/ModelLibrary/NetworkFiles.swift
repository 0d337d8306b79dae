import Foundation
import ModelFiles
import Platform
import Recognition

/// The files of a network: its own, and others that hold its weights.
enum NetworkFiles {
  /// Returns the paths of the other files. `weights` is the file of an IR's weights, if the card names one.
  ///
  /// Throws `SetupError` if one that the network names is missing.
  static func others(
    of network: String, format: ModelCard.Format, weights: String? = nil
  ) throws(SetupError) -> [String] {
    switch format {
    case .onnx: return try ONNXExternalData.files(of: network)
    case .ir:
      let path = weights ?? (network as NSString).deletingPathExtension + ".bin"
      return FileSystem.size(path) == nil ? [] : [path]
    case .caffe, .tensorflow, .darknet, .torch, .tflite, .cascade, .computed: return []
    }
  }

  /// Returns the SHA-256 of a network, lower-case hex, by which answers and compiled networks are cached: that of its
  /// file, or, if others hold its weights, of the lines of all their digests.
  ///
  /// `sha256` is that of the file, if it is known. Throws `SetupError` if a file is missing or cannot be read.
  static func digest(
    of network: String, sha256: String? = nil, format: ModelCard.Format, weights: String? = nil
  ) throws(SetupError) -> String {
    var files = try others(of: network, format: format, weights: weights)
    var digests: [String] = []
    if let sha256 { digests.append(sha256) } else { files.insert(network, at: 0) }
    for file in files { digests.append(try FileSystem.digest(file).hex) }
    return digests.count == 1 ? digests[0] : hexadecimal(Digest.of(digests.joined(separator: "\n").utf8))
  }
}

extension LoadedModel {
  /// Total size of the network's files in bytes.
  public var networkBytes: Int {
    guard let network = path(.network) else { return 0 }
    let others = try? NetworkFiles.others(of: network, format: card.format, weights: path(.config))
    return ([network] + (others ?? [])).reduce(0) { $0 + (FileSystem.size($1) ?? 0) }
  }
}
