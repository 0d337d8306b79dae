import HeapModule
import Platform
import Records

/// The rows of one NumPy file by the lines of one file of records, for a million of them: a line is parsed only if it is
/// found.
///
/// Made only of lines as scan writes them, or jq copies them: each one whole record, all vectors of one network and in
/// one file, no row twice. Other records are left to `RecordSearch`, which gives the same answers.
public struct RowIndex {
  /// The first record with a vector.
  public let first: VectorRecord
  private let vectors: VectorFile
  private let lines: LineBlocks
  /// Offset of the line of each row; -1 if it has none.
  private var offsets: [Int]
  /// Offsets of the lines of the wanted paths, in their order.
  private var wanted: [(path: RawPath, offset: Int)] = []
  private var tally = SearchTally()

  /// Reads the lines of `path`, and notes those of `paths`. nil if they are not of this kind.
  public init?(_ path: RawPath, _ source: VectorSource, wanting paths: [RawPath]) throws(SetupError) {
    guard let lines = LineBlocks(path) else { return nil }
    var pattern: LinePattern?
    var vectors: VectorFile?
    var first: VectorRecord?
    var offsets: [Int] = []
    var tally = SearchTally()
    var wanted: [(path: RawPath, offset: Int)] = []
    let heads = paths.map { (path: $0, head: LinePattern.head(of: $0)) }
    let isWhole = try lines.each { line, offset throws(SetupError) in
      guard LinePattern.isRecord(line) else { return false }
      tally.records += 1
      for (path, head) in heads where line.starts(with: head) { wanted.append((path, offset)) }
      if pattern == nil {
        guard let record = try? VectorRecord(line) else { return false }
        switch record.place {
        case .none:
          // A cache may have its vector.
          guard record.failure != nil else { return false }
          tally.bare += 1
          return true
        case .values: return false
        case .row(let name, _, let dim):
          guard let found = LinePattern(record, line) else { return false }
          let file = try source.file(name)
          guard dim == nil || dim == file.dim else { return false }
          (pattern, first, vectors) = (found, record, file)
          offsets = [Int](repeating: -1, count: file.rows)
        }
      }
      switch pattern?.row(of: line) {
      case .row(let row)?:
        guard row < offsets.count, offsets[row] < 0 else { return false }
        offsets[row] = offset
      case .bare?:
        guard (try? VectorRecord(line))?.failure != nil else { return false }
        tally.bare += 1
      case .other?, nil: return false
      }
      return true
    }
    guard isWhole, let first, let vectors else { return nil }
    (self.first, self.vectors, self.lines) = (first, vectors, lines)
    (self.offsets, self.wanted, self.tally) = (offsets, wanted, tally)
  }

  /// The vector of the first record of `path`, or of its page; nil if there is no such record, or none with a vector.
  public func vector(of path: RawPath, page: Int?) throws(SetupError) -> (vector: [Float], name: RecordName)? {
    for candidate in wanted where candidate.path == path {
      guard let (record, row) = record(at: candidate.offset),
        // Paths that are not UTF-8 may begin alike.
        record.path == path, page == nil || record.page == page
      else { continue }
      var vector: [Float] = []
      try vectors.read(row, into: &vector)
      return (vector, RecordName(path, page: record.page))
    }
    return nil
  }

  /// The `count` nearest records with a score of at least `least`, the nearest first; nil if the query has another
  /// number of numbers, or a line has changed.
  public func nearest(to query: SearchQuery, count: Int, least: Double) throws(SetupError) -> (
    found: [FoundRecord], tally: SearchTally
  )? {
    guard query.vector.count == vectors.dim else { return nil }
    var tally = tally
    var cosines = try vectors.cosines(query.vector) { offsets[$0] >= 0 }
    for row in cosines.indices where offsets[row] < 0 { cosines[row] = -.infinity }
    for row in excludedRows(query.excluded) where cosines[row] != -.infinity {
      cosines[row] = -.infinity
      tally.excluded += 1
    }
    let bound = max(threshold(cosines, count), Float(least) - 1e-6) - 2 * query.vector.roundingError
    var nearest = Nearest<Int>(count: count, least: least)
    var vector: [Float] = []
    for row in cosines.indices where cosines[row] != -.infinity {
      // Of NaN, too, f64 decides.
      guard !(cosines[row] < bound) else {
        tally.compared += 1
        continue
      }
      try vectors.read(row, into: &vector)
      guard let score = vector.withUnsafeBufferPointer({ query.vector.cosine($0.baseAddress!) }) else {
        tally.aimless += 1
        continue
      }
      tally.compared += 1
      nearest.offer(score, at: offsets[row], offsets[row])
    }
    return nearest.found { lines.line(at: $0) }.map { ($0, tally) }
  }

  private func excludedRows(_ names: [RecordName]) -> [Int] {
    wanted.compactMap { record(at: $0.offset) }
      .filter { names.contains(RecordName($0.record.path, page: $0.record.page)) }.map(\.row)
  }

  /// The record of the line at `offset`, and its row; nil if the line has changed, or has no row.
  private func record(at offset: Int) -> (record: VectorRecord, row: Int)? {
    guard let line = lines.line(at: offset), let record = line.withUnsafeBufferPointer({ try? VectorRecord($0) }),
      case .row(_, let row, _) = record.place
    else { return nil }
    return (record, row)
  }

  /// The cosine that `count` rows reach; -2 if there are fewer rows.
  private func threshold(_ cosines: [Float], _ count: Int) -> Float {
    var best = Heap<Float>()
    for cosine in cosines where cosine >= -2 {
      if best.count < count {
        best.insert(cosine)
      } else if let worst = best.min, cosine > worst {
        best.replaceMin(with: cosine)
      }
    }
    return best.count < count ? -2 : best.min ?? -2
  }
}
