import Recognition
import Records

extension ResumeIndex {
  /// The precision in which an answer of the record was computed, if it is none of those of the run; nil if all are.
  ///
  /// An answer without an engine, and one of a task that is not in `accepted`, has no precision that could differ.
  static func otherPrecision(
    in line: UnsafeBufferPointer<UInt8>, than accepted: [TaskKind: Set<Precision>]
  ) -> Precision? {
    guard !accepted.isEmpty else { return nil }
    var record = JSONReader(line)
    guard record.take("{") else { return nil }
    repeat {
      // The engines precede this key.
      guard let key = record.string(), key != "cache", record.take(":") else { return nil }
      guard key == "engines" else {
        guard record.skip() else { return nil }
        continue
      }
      guard record.take("{") else { return nil }
      while let task = record.string(), record.take(":"), let engine = record.string() {
        let format = engine.split(separator: "/", maxSplits: 1).dropFirst().first.map(String.init)
        let precision = format.map { Precision(rawValue: $0) } ?? .f32
        if let precision, let own = TaskKind(rawValue: task).flatMap({ accepted[$0] }), !own.contains(precision) {
          return precision
        }
        guard record.take(",") else { break }
      }
      return nil
    } while record.take(",")
    return nil
  }
}
