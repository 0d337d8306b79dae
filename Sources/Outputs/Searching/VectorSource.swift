import Platform
import Records

/// Vectors that a cache holds for files.
public struct VectorCache {
  /// `name@digest` of the network that made them.
  public let model: String
  /// Returns the vector of the file or page of a record; nil if the cache has none.
  public let vector: (VectorRecord) -> [Float]?

  public init(model: String, vector: @escaping (VectorRecord) -> [Float]?) {
    (self.model, self.vector) = (model, vector)
  }
}

/// Finds the vectors of records: in the record itself, in the NumPy file that it names, or in a cache.
public final class VectorSource {
  private let images: RecordImages
  private let chosen: RawPath?
  private let openCache: () -> VectorCache?
  private lazy var cache = openCache()
  private var files: [String: VectorFile] = [:]
  /// The vector that was read last.
  public private(set) var vector: [Float] = []

  /// Relative names of files refer to the folder of `images`. `chosen` is read in place of those that the records name. `cache` is called
  /// at the first record without a vector.
  public init(images: RecordImages, chosen: RawPath? = nil, cache: @escaping () -> VectorCache? = { nil }) {
    (self.images, self.chosen, openCache) = (images, chosen, cache)
  }

  /// Whether a vector may be found for `record`.
  public func mayHave(_ record: VectorRecord) -> Bool { record.place != .none || isCached(record) }

  /// The network of the vector of `record`; nil if it is not named.
  public func model(of record: VectorRecord) -> String? { record.place == .none ? cache?.model : record.model }

  private func isCached(_ record: VectorRecord) -> Bool {
    record.failure == nil && record.digest != nil && cache != nil
  }

  /// Reads the vector of `record`, whose compact JSON is `json`; false if it has none.
  public func read(_ record: VectorRecord, _ json: UnsafeBufferPointer<UInt8>) throws(SetupError) -> Bool {
    switch record.place {
    case .none:
      guard isCached(record), let found = cache?.vector(record), !found.isEmpty else { return false }
      vector = found
      return true
    case .values(let range):
      guard VectorRecord.decode(range, of: json, into: &vector) else {
        throw SetupError("the vector of \(record.path) is no base64 of f32 numbers\nWrite it again: \(Self.command)")
      }
      return !vector.isEmpty
    case .row(let name, let row, let dim):
      let file = try file(name)
      guard row < file.rows else {
        throw SetupError(
          "\(file.path) has \(file.rows) vectors, and the record of \(record.path) is for number \(row + 1)\n"
            + Self.otherFile)
      }
      guard dim == nil || dim == file.dim else {
        throw SetupError(
          "the vectors of \(file.path) have \(file.dim) numbers, and the record of \(record.path) is for \(dim ?? 0)\n"
            + Self.otherFile)
      }
      try file.read(row, into: &vector)
      return true
    }
  }

  /// The file that records name `name`.
  func file(_ name: String) throws(SetupError) -> VectorFile {
    if let file = files[name] { return file }
    let file = try VectorFile(chosen ?? images.path(of: RawPath(name)))
    files[name] = file
    return file
  }

  /// Writes records with vectors.
  public static let command = "imgrec scan --task embed photos -o records.jsonl"
  private static let otherFile = "It is of another run; name the right one with --npy."
}
