import Foundation
import Platform
import Recognition

/// Networks as an engine compiled them, kept for the next start: reading and preparing MobileNetV2 anew takes a third of
/// what imgrec needs from start to first record.
public enum CompiledNetworkCache {
  /// The file that keeps one. Whatever changes what is compiled is in its name, by FNV-1a where it is long: the network's
  /// digest, what is wanted of it, the library, the processor. nil where the folder cannot be made.
  public static func file(
    in directory: String, _ model: LoadedModel, wanted: [String], library: String, processor: String, ending: String
  ) -> String? {
    guard (try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)) != nil else {
      return nil
    }
    let told = (wanted + [library, processor]).joined(separator: "\n")
    return "\(directory)/\(model.digest)-\(String(fnv1a(told.utf8), radix: 16)).\(ending)"
  }

  /// The first processor's model and what it can do, as Linux tells; empty elsewhere.
  public static let processor: String = {
    guard let file = FileHandle(forReadingAtPath: "/proc/cpuinfo"), let start = try? file.read(upToCount: 4096) else {
      return ""
    }
    let telling = ["model name", "flags", "Features", "CPU part"]
    return String(decoding: start, as: UTF8.self).split(separator: "\n")
      .filter { line in telling.contains(where: line.hasPrefix) }.prefix(telling.count).joined(separator: "\n")
  }()
}
