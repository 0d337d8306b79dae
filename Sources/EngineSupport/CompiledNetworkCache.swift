import Foundation
import Platform
import Recognition

/// Cache of networks as an engine compiled them: reading and preparing MobileNetV2 again takes a third of the time from
/// start to first record.
public enum CompiledNetworkCache {
  /// Path of a cached network's file. Its name identifies all that affects compilation: the network's digest, and an
  /// FNV-1a hash of the options (`options`), the library and the processor. nil if the folder cannot be created.
  public static func file(
    in directory: String, _ model: LoadedModel, options: [String], library: String, processor: String, ending: String
  ) -> String? {
    guard (try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)) != nil else {
      return nil
    }
    let key = (options + [library, processor]).joined(separator: "\n")
    return "\(directory)/\(model.digest)-\(String(fnv1a(key.utf8), radix: 16)).\(ending)"
  }

  /// Model and instruction sets of the first processor, from Linux's /proc/cpuinfo; empty elsewhere.
  public static let processor: String = {
    guard let file = FileHandle(forReadingAtPath: "/proc/cpuinfo"), let start = try? file.read(upToCount: 4096) else {
      return ""
    }
    let keys = ["model name", "flags", "Features", "CPU part"]
    return String(decoding: start, as: UTF8.self).split(separator: "\n")
      .filter { line in keys.contains(where: line.hasPrefix) }.prefix(keys.count).joined(separator: "\n")
  }()
}
