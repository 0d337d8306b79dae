import Platform
import Records

/// What to search: by which vector, and among those of which network.
public struct SearchQuery: Sendable {
  public var vector: VectorQuery
  /// `name@digest` of the network; nil if records do not name it.
  public var model: String?
  /// Records that are not to be found: those of the images that are searched.
  public var excluded: [RecordName]

  public init(_ vector: VectorQuery, model: String?, excluded: [RecordName] = []) {
    (self.vector, self.model, self.excluded) = (vector, model, excluded)
  }
}

/// What a record is of: an image, or a page of one.
public struct RecordName: Equatable, Sendable {
  public var path: RawPath
  public var page: Int?

  public init(_ path: RawPath, page: Int? = nil) { (self.path, self.page) = (path, page) }
}

/// The numbers of records that a search saw.
public struct SearchTally: Equatable, Sendable {
  public var records = 0
  /// Compared with the query.
  public var compared = 0
  /// Without a vector: images that failed, and those of other tasks.
  public var bare = 0
  /// With the vector of another network.
  public var foreign = 0
  /// With a vector that has no direction: all zero, or not finite.
  public var aimless = 0
  /// Of the images that are searched.
  public var excluded = 0

  public init() {}
}

/// Compares the vectors of records with a query, one record after another, and keeps the nearest.
public struct RecordSearch {
  private let source: VectorSource
  private var nearest: Nearest<[UInt8]>
  /// The query, once a record with a vector shows which network made the vectors.
  private var query: SearchQuery?
  private let makeQuery: (VectorRecord, String?) throws(SetupError) -> SearchQuery
  public private(set) var tally = SearchTally()

  /// Keeps `count` records with a score of at least `least`. `query` is called with the first record that has a vector, and
  /// with the network of that vector.
  public init(
    _ source: VectorSource, count: Int, least: Double = -1,
    query: @escaping (VectorRecord, String?) throws(SetupError) -> SearchQuery
  ) {
    self.source = source
    nearest = Nearest(count: count, least: least)
    makeQuery = query
  }

  /// Takes a record and its compact JSON.
  public mutating func take(_ record: VectorRecord, _ json: UnsafeBufferPointer<UInt8>) throws(SetupError) {
    tally.records += 1
    if query == nil, try source.read(record, json) { query = try makeQuery(record, source.model(of: record)) }
    guard let query, source.mayHave(record) else {
      tally.bare += 1
      return
    }
    guard source.model(of: record) == query.model else {
      tally.foreign += 1
      return
    }
    guard !query.excluded.contains(RecordName(record.path, page: record.page)) else {
      tally.excluded += 1
      return
    }
    guard try source.read(record, json) else {
      tally.bare += 1
      return
    }
    guard source.vector.count == query.vector.count else {
      throw SetupError(
        "the vector of \(record.path) has \(source.vector.count) numbers, and that of the query \(query.vector.count)\n"
          + "Search records of one network, by one card, at a time.")
    }
    guard let score = source.vector.withUnsafeBufferPointer({ query.vector.cosine($0.baseAddress!) }) else {
      tally.aimless += 1
      return
    }
    tally.compared += 1
    nearest.offer(score, at: tally.compared, Array(json))
  }

  /// The nearest records, the nearest first.
  public func found() -> [FoundRecord] { nearest.found { $0 } ?? [] }
}
