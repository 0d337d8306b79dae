import Foundation
import Recognition

/// Networks as OpenVINO compiled them, kept for the next start: reading and preparing MobileNetV2 anew takes a third of
/// what imgrec needs from start to first record.
enum CompiledNetwork {
  /// The file that keeps one. Whatever changes what is compiled is in its name, by FNV-1a where it is long: the network's
  /// digest, what is wanted of it, the library, the processor. nil where the folder cannot be made.
  static func file(in directory: String, _ model: LoadedModel, wanted: [String], library: OpenVINOLibrary) -> String? {
    guard (try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)) != nil else {
      return nil
    }
    let told = (wanted + [library.version, library.processor]).joined(separator: "\n")
    let hash = told.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return "\(directory)/\(model.digest)-\(String(hash, radix: 16)).blob"
  }
}
