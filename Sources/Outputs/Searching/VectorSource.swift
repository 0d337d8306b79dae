import Platform
import Records

/// Finds the vectors of records: in the record itself, or in the NumPy file that it names.
public final class VectorSource {
  private let root: RawPath
  private let chosen: RawPath?
  private var files: [String: VectorFile] = [:]
  /// The vector that was read last.
  public private(set) var vector: [Float] = []

  /// Relative names of files refer to `root`. `chosen` is read in place of those that the records name.
  public init(root: RawPath, chosen: RawPath? = nil) { (self.root, self.chosen) = (root, chosen) }

  /// Reads the vector of `record`, whose compact JSON is `json`; false if it has none.
  public func read(_ record: VectorRecord, _ json: UnsafeBufferPointer<UInt8>) throws(SetupError) -> Bool {
    switch record.place {
    case .none: return false
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
    let path = chosen ?? RawPath(name)
    let file = try VectorFile(path.isAbsolute || chosen != nil ? path : root.appending(path.bytes))
    files[name] = file
    return file
  }

  /// Writes records with vectors.
  public static let command = "imgrec scan --task embed photos -o records.jsonl"
  private static let otherFile = "It is of another run; name the right one with --npy."
}
