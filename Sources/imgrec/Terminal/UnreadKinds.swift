import Platform
import Recognition

/// Counts the files of a run that are not read and that other programs convert, and forwards all outcomes.
final class UnreadKinds: Sink {
  /// Number of kinds that are reported.
  private static let maxNotes = 3

  /// Number of failures by extension.
  private var failed: [String: Int] = [:]

  private let next: any Sink

  init(next: any Sink) { self.next = next }

  func write(_ outcome: Outcome) throws(SinkError) {
    if outcome.failure?.code == .unsupported, let ending = outcome.path.fileExtension { failed[ending, default: 0] += 1 }
    try next.write(outcome)
  }

  func flush() throws(SinkError) { try next.flush() }
  func finish() throws(SinkError) { try next.finish() }

  /// Prints how to convert each kind, the most frequent first; `ignored` are the files of folders, by extension.
  func note(ignored: IgnoredKinds) {
    var counts: [(conversion: Conversion, count: Int)] = []
    for (ending, count) in Array(failed) + Array(ignored.counts) {
      guard let conversion = Conversion.of(ending: ending) else { continue }
      if let index = counts.firstIndex(where: { $0.conversion == conversion }) {
        counts[index].count += count
      } else {
        counts.append((conversion, count))
      }
    }
    counts.sort { ($1.count, $0.conversion.kind) < ($0.count, $1.conversion.kind) }
    for entry in counts.prefix(Self.maxNotes) {
      let files = entry.count == 1 ? "1 file" : "\(entry.count) files"
      Console.note("\(entry.conversion.kind) is not read (\(files)): \(entry.conversion.text)")
    }
  }
}
