import Foundation
import ModelFiles
import Platform

/// A network's file, converted if OpenVINO cannot read the original.
struct PreparedNetworkFile {
  var path: String
  /// Whether the network takes NHWC; nil if the file does not say.
  var isInterleaved: Bool?
  private let temporary: Bool

  init(_ path: String) { (self.path, isInterleaved, temporary) = (path, nil, false) }

  /// Prepares a TensorFlow graph, dequantised if necessary; the result is cached in `directory`.
  init(tensorFlow file: String, digest: String, directory: String?) throws {
    let plain = try MappedFile(RawPath(file)).withBytes { (bytes) throws(TensorFlowGraph.Refusal) in
      try TensorFlowGraph.dequantised(bytes)
    }
    guard let plain else {
      (path, isInterleaved, temporary) = (file, nil, false)
      return
    }
    let folder = directory ?? NSTemporaryDirectory()
    let name = directory == nil ? UUID().uuidString : digest
    path = URL(fileURLWithPath: folder).appendingPathComponent("\(name).pb").path
    isInterleaved = plain.isInterleaved
    temporary = directory == nil
    // A damaged file is replaced: compared in full, as the bytes are known.
    let cached = try? MappedFile(RawPath(path))
    if cached?.withBytes({ $0.elementsEqual(plain.bytes) }) != true {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(plain.bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
  }

  /// Removes a converted file that is not cached.
  func close() { if temporary { try? FileManager.default.removeItem(atPath: path) } }
}
