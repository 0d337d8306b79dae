import Platform
import Recognition
import Records

/// The records of an earlier run, for continuing the same file.
///
/// They are read as the inputs come, usually in the same order; only records whose inputs have not come yet are held in
/// memory, about 40 bytes each.
public final class ResumeIndex {
  private struct Name: Hashable {
    var first: Int
    var second: Int
  }

  /// Number of earlier records whose inputs came again.
  public private(set) var matched = 0

  private let lines: LineReader
  /// Records that were read and not matched yet.
  private var ahead: [Name: UInt32] = [:]
  private let salt: [UInt8] = [0x5a]

  /// Reads `path`, whose last line is complete, as `ByteOutput` leaves it. `models` are the models by task whose answers
  /// the run accepts.
  ///
  /// Throws if a line is no record, or was made with other models.
  public init(path: RawPath, models: [(task: TaskKind, models: [String])]) throws(SetupError) {
    let check = try LineReader(path)
    var number = 0
    while let line = try check.next() {
      number += 1
      switch line.withUnsafeBufferPointer({ Self.check($0, models) }) {
      case .record: break
      case .otherModels:
        throw SetupError(
          "\(path): record \(number) was made with other models; use the same models or another file")
      case .nothing: throw SetupError("\(path): line \(number) is not a record of imgrec scan")
      }
    }
    lines = try LineReader(path)
  }

  /// Whether there is an unmatched record of `path`; matches it.
  public func take(_ path: RawPath) -> Bool {
    let requested = name(path.bytes)
    if let count = ahead[requested] {
      ahead[requested] = count > 1 ? count - 1 : nil
      matched += 1
      return true
    }
    while let line = try? lines.next() {
      guard let found = line.withUnsafeBufferPointer({ Self.path($0) }).map(name) else { continue }
      if found == requested {
        matched += 1
        return true
      }
      ahead[found, default: 0] += 1
    }
    return false
  }

  private func name(_ path: [UInt8]) -> Name {
    var (first, second) = (Hasher(), Hasher())
    path.withUnsafeBytes { first.combine(bytes: $0) }
    salt.withUnsafeBytes { second.combine(bytes: $0) }
    path.withUnsafeBytes { second.combine(bytes: $0) }
    return Name(first: first.finalize(), second: second.finalize())
  }

  private enum Verdict { case record, otherModels, nothing }

  private static func check(_ line: UnsafeBufferPointer<UInt8>, _ models: [(task: TaskKind, models: [String])])
    -> Verdict
  {
    var whole = JSONReader(line)
    guard whole.skip(), whole.isAtEnd, path(line) != nil else { return .nothing }
    var record = JSONReader(line)
    guard record.take("{") else { return .nothing }
    repeat {
      guard let key = record.string(), record.take(":") else { return .nothing }
      guard key == "models" else {
        guard record.skip() else { return .nothing }
        continue
      }
      guard record.take("{") else { return .nothing }
      var found: [String: String] = [:]
      while let task = record.string(), record.take(":"), let model = record.string() {
        found[task] = model
        guard record.take(",") else { break }
      }
      let same =
        found.count == models.count
        && models.allSatisfy { task in
          found[task.task.rawValue].map(task.models.contains) == true
        }
      return same ? .record : .otherModels
    } while record.take(",")
    return .record
  }

  /// The exact path of a record.
  private static func path(_ line: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var record = JSONReader(line)
    guard record.take("{\"schema\":\"imgrec/1\",\"path\":"), let path = record.string() else { return nil }
    guard record.take(",\"path_bytes\":") else { return Array(path.utf8) }
    return record.string().flatMap(Base64.decode)
  }
}
