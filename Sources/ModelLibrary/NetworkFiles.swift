import Foundation
import ModelFiles
import Platform
import Recognition

/// The digest by which answers and compiled networks are cached.
enum NetworkDigest {
  /// Returns the SHA-256 of a network, lower-case hex: of the file `network`, or, if other files hold its weights, of the
  /// lines of all their digests.
  ///
  /// `sha256` is that of the file, if it is known. `weights` is the file of an IR's weights, if the card names one.
  /// Throws `SetupError` if a file is missing or cannot be read.
  static func of(
    _ network: String, sha256: String? = nil, format: ModelCard.Format, weights: String? = nil
  ) throws(SetupError) -> String {
    var others: [String] = []
    switch format {
    case .onnx: others = try ONNXExternalData.files(of: network)
    case .ir:
      let path = weights ?? (network as NSString).deletingPathExtension + ".bin"
      if FileSystem.size(path) != nil { others = [path] }
    default: break
    }
    var digests: [String] = []
    if let sha256 { digests.append(sha256) } else { others.insert(network, at: 0) }
    for file in others { digests.append(try FileSystem.digest(file).hex) }
    return digests.count == 1 ? digests[0] : hexadecimal(Digest.of(digests.joined(separator: "\n").utf8))
  }
}
