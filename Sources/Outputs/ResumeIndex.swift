import Platform
import Recognition
import Records
import Synchronization

/// The records of an earlier run in a file that a run continues, and their order at its end.
///
/// New records are appended, so that a run that is killed loses nothing; at the end of the run `finalOrder` is the order
/// in which the file must be arranged. Holds 16 bytes for each record, and 8 to 12 for each input.
public final class ResumeIndex {
  /// Bytes of the complete records; an unfinished record follows them.
  public let end: Int
  /// Number of earlier records that are those of inputs of this run.
  public var matched: Int { inputs.withLock(\.matched) }

  private struct Entry {
    var hash: Int
    /// Offset of the record, and two flags.
    private var bits: UInt64

    init(hash: Int, offset: Int) {
      self.hash = hash
      bits = UInt64(offset) << 2
    }

    var offset: Int { Int(bits >> 2) }
    /// Whether an input of this run has the record's path.
    var isNamed: Bool { bits & 1 != 0 }
    /// Whether it is the record of an input of this run.
    var isTaken: Bool { bits & 2 != 0 }

    mutating func name() { bits |= 1 }
    mutating func take() { bits |= 3 }
  }

  /// Changed by the feed and by the sink, which are two threads.
  private struct Inputs {
    var matched = 0
    /// Offset of the record of each input, in the order of the inputs; -1 while it has none.
    var offsets: [Int] = []
    /// Offsets of the records of the second page and those after it, by the input's place in `offsets`.
    var furtherPages: [Int: [Int: Int]] = [:]
    /// Place in `offsets` of each input that is processed again.
    var open: [UInt32] = []
  }

  private let lines: LineReader
  /// Sorted by hash, then by offset; used by the feed, and by `finalOrder` after it.
  private var entries: [Entry] = []
  private let inputs = Mutex(Inputs())

  /// Reads `file`, and does not change it. `models` are the models by task whose answers the run accepts, `precisions` the
  /// precisions of their networks.
  ///
  /// Throws if a line is no record, or was made with other models, another precision, other `pages` or another `exif`.
  public init(
    _ file: OutputFile, models: [(task: TaskKind, models: [String])], precisions: [TaskKind: Set<Precision>] = [:],
    pages: PageSelection = .first, exif: Bool = false
  ) throws(SetupError) {
    var found: [Entry] = []
    end = try RecordLines.forEach(in: file) { offset, head, line in
      guard !head.isOK || Self.isAccepted(line, models) else {
        return "was made with other models; use the same models or another file"
      }
      if head.isOK, let made = Self.otherPrecision(in: line, than: precisions) {
        return "was computed in \(made.rawValue); use --precision \(made.rawValue) or another file"
      }
      if let made = head.pageSelection, made != pages {
        return "was made with --pages \(made.rawValue); use the same option or another file"
      }
      if head.isOK, Self.hasExif(line) != exif {
        return exif
          ? "was made without --exif; leave it out, or use another file"
          : "was made with --exif; use the same option or another file"
      }
      found.append(Entry(hash: head.path.hashValue, offset: offset))
      return nil
    }
    found.sort { ($0.hash, $0.offset) < ($1.hash, $1.offset) }
    entries = found
    lines = LineReader(file)
  }

  /// Whether the next input, `path`, has a record of a success, or one for each of its pages, that `isCurrent`, which
  /// gets the length and the digest of the file that was recognised; takes the records.
  public func take(_ path: RawPath, isCurrent: (ImageFacts) -> Bool) -> Bool {
    let hash = path.bytes.hashValue
    var pages = ResumedPages()
    var checked: (facts: ImageFacts, isCurrent: Bool)?
    var index = firstEntry(of: hash)
    while index < entries.count, entries[index].hash == hash {
      defer { index += 1 }
      let head = try? lines.read(at: entries[index].offset) { line, _ in RecordHead(line) }
      guard let head = head ?? nil, head.path == path.bytes else { continue }
      entries[index].name()
      guard pages.complete == nil, !entries[index].isTaken, head.isOK else { continue }
      // The file is looked at once for all of its pages.
      let answer = checked.flatMap { $0.facts == head.facts ? $0.isCurrent : nil } ?? isCurrent(head.facts)
      checked = (head.facts, answer)
      if answer { pages.add(index, head) }
    }
    let taken = pages.complete ?? []
    for index in taken { entries[index].take() }
    inputs.withLock {
      if taken.isEmpty { $0.open.append(UInt32($0.offsets.count)) } else { $0.matched += taken.count }
      for (page, index) in taken.enumerated().dropFirst() {
        $0.furtherPages[$0.offsets.count, default: [:]][page] = entries[index].offset
      }
      $0.offsets.append(taken.first.map { entries[$0].offset } ?? -1)
    }
    return !taken.isEmpty
  }

  /// Notes where the record of the input is that was the `number`-th, from 0, without an earlier one, or that of its
  /// page with index `page`.
  func place(_ number: Int, page: Int = 0, at offset: Int) {
    inputs.withLock {
      let input = Int($0.open[number])
      if page == 0 { $0.offsets[input] = offset } else { $0.furtherPages[input, default: [:]][page] = offset }
    }
  }

  /// Offsets of the records in the order in which the file is complete; nil if it is so as it is.
  ///
  /// Precondition: the run came to its end. Left out are earlier records of inputs that were processed again. Those of
  /// other inputs stay, before the first record that was behind them or is new. With `keepsOrder`, records are in the
  /// order of the inputs, else in that of their completion.
  public func finalOrder(keepsOrder: Bool) -> [Int]? {
    let isSuperseded = entries.contains { $0.isNamed && !$0.isTaken }
    var others = entries.filter { !$0.isNamed }.map(\.offset).sorted()[...]
    let own = inputs.withLock { inputs in
      inputs.offsets.enumerated().flatMap { input, offset in
        let further = inputs.furtherPages[input]?.sorted { $0.key < $1.key }.map(\.value) ?? []
        return (offset >= 0 ? [offset] : []) + further
      }
    }
    var order: [Int] = []
    order.reserveCapacity(others.count + own.count)
    if keepsOrder {
      for offset in own {
        while let other = others.first, other < offset { order.append(others.removeFirst()) }
        order.append(offset)
      }
      order += others
    } else {
      order = (own + others).sorted()
    }
    let isSorted = zip(order, order.dropFirst()).allSatisfy(<)
    return isSuperseded || !isSorted ? order : nil
  }

  /// Index of the first entry whose hash is not less than `hash`.
  private func firstEntry(of hash: Int) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].hash < hash { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether the record, of a success, has EXIF fields. They precede the models.
  private static func hasExif(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    var record = JSONReader(line)
    guard record.take("{") else { return false }
    repeat {
      guard let key = record.string(), key != "models", record.take(":") else { return false }
      if key == "exif" { return true }
    } while record.skip() && record.take(",")
    return false
  }

  /// Whether the record has answers of these models.
  private static func isAccepted(
    _ line: UnsafeBufferPointer<UInt8>, _ models: [(task: TaskKind, models: [String])]
  ) -> Bool {
    var record = JSONReader(line)
    guard record.take("{") else { return false }
    repeat {
      guard let key = record.string(), record.take(":") else { return false }
      guard key == "models" else {
        guard record.skip() else { return false }
        continue
      }
      guard record.take("{") else { return false }
      var found: [String: String] = [:]
      while let task = record.string(), record.take(":"), let model = record.string() {
        found[task] = model
        guard record.take(",") else { break }
      }
      return found.count == models.count
        && models.allSatisfy { task in found[task.task.rawValue].map(task.models.contains) == true }
    } while record.take(",")
    return false
  }
}

/// Notes where each new record of a resumed run is.
public final class ResumeSink: Sink {
  private let next: any Sink
  private let output: ByteOutput
  private let index: ResumeIndex

  /// `next` writes one line per record to `output`.
  public init(_ next: any Sink, output: ByteOutput, index: ResumeIndex) {
    self.next = next
    self.output = output
    self.index = index
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    let offset = output.position
    try next.write(outcome)
    index.place(outcome.index, page: outcome.page?.index ?? 0, at: offset)
  }

  public func flush() throws(SinkError) { try next.flush() }
  public func finish() throws(SinkError) { try next.finish() }
}
