import Outputs
import Platform
import Recognition

/// Counts the files of a run that are not read and that other programs convert, and notes named inputs that do not exist;
/// forwards all outcomes.
final class UnreadKinds: Sink {
  /// Number of kinds that are reported.
  private static let maxNotes = 5

  /// Number of failures by extension.
  private var failed: [String: Int] = [:]

  /// Inputs of the command line that do not exist.
  private var missing: [RawPath] = []
  private let named: Set<RawPath>
  private let next: any Sink

  /// `named` are the inputs of the command line.
  init(next: any Sink, named: [RawPath]) {
    self.next = next
    self.named = Set(named)
  }

  func write(_ outcome: Outcome) throws(SinkError) {
    if outcome.failure?.code == .notFound, named.contains(outcome.path) { missing.append(outcome.path) }
    if outcome.failure?.code == .unsupported, let ending = outcome.path.fileExtension {
      failed[ending, default: 0] += 1
    }
    try next.write(outcome)
  }

  func flush() throws(SinkError) { try next.flush() }
  func finish() throws(SinkError) { try next.finish() }

  /// Prints how to convert each kind, the most frequent first; `ignored` are the files of folders, by extension.
  func note(ignored: IgnoredKinds) {
    for path in missing.prefix(Self.maxNotes) {
      Console.note(TerminalText.escaped("\(path) does not exist; name a file or folder that does"))
    }
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
