import Platform
import Recognition

/// The records that an earlier `imgrec collect` wrote to a file that is continued.
public struct CollectedRecords {
  /// Bytes of the complete records; an unfinished record follows them.
  public let end: Int
  /// The last lines; only their records may be in the queue still.
  public let lastLines: [[UInt8]]

  /// Reads `file`, and does not change it. Throws if a line is no record.
  public init(_ file: OutputFile, lastLines count: Int) throws(SetupError) {
    var last: [Int] = []
    end = try RecordLines.forEach(in: file) { offset, _, _ in
      last.append(offset)
      if last.count > 2 * count { last.removeFirst(last.count - count) }
      return nil
    }
    let reader = LineReader(file)
    var lines: [[UInt8]] = []
    for offset in last.suffix(count) {
      if let line = try reader.read(at: offset, { line, _ in Array(line) }) { lines.append(line) }
    }
    lastLines = lines
  }

  /// Counts the failures among the records of `file` that no later success of the same input follows; `superseded` are
  /// the offsets of the others.
  public static func failures(in file: OutputFile) throws(SetupError) -> (left: Int, superseded: Set<Int>) {
    var open: [[UInt8]: [Int]] = [:]
    var superseded: Set<Int> = []
    _ = try RecordLines.forEach(in: file) { offset, head, _ in
      if !head.isOK {
        open[head.path, default: []].append(offset)
      } else if let earlier = open.isEmpty ? nil : open.removeValue(forKey: head.path) {
        superseded.formUnion(earlier)
      }
      return nil
    }
    return (open.values.reduce(0) { $0 + $1.count }, superseded)
  }

  /// Offsets of the records of `file` without those at `superseded`.
  public static func offsets(in file: OutputFile, without superseded: Set<Int>) throws(SetupError) -> [Int] {
    var offsets: [Int] = []
    _ = try RecordLines.forEach(in: file) { offset, _, _ in
      if !superseded.contains(offset) { offsets.append(offset) }
      return nil
    }
    return offsets
  }
}
