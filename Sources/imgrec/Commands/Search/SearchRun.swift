import Outputs
import Platform
import Records

/// Searches the records of a command line.
struct SearchRun {
  let files: RecordFiles
  let source: VectorSource
  let query: SearchQueryOptions
  let top: Int
  let minScore: Double

  private(set) var tally = SearchTally()

  init(files: RecordFiles, source: VectorSource, query: SearchQueryOptions, top: Int, minScore: Double) {
    self.files = files
    self.source = source
    self.query = query
    self.top = top
    self.minScore = minScore
  }

  /// The nearest records; empty also if there are no records at all.
  mutating func find() throws(SetupError) -> [FoundRecord] {
    let query = query
    let network = try query.model.map { name throws(SetupError) in try QueryNetwork(name, query) }
    if let found = try findRows(network) { return found }
    let files = query.id.isEmpty ? self.files : try self.files.repeatable()
    let named = try NamedVectors(query.records, page: query.page, in: files, source)
    var search = RecordSearch(source, count: top, least: minScore) { record, model throws(SetupError) in
      try Self.query(query, named, network, model: model, engine: record.engine)
    }
    try files.read(as: VectorRecord.init) {
      record, json throws(SetupError) in try search.take(record, json)
    }
    tally = search.tally
    guard tally.records == 0 || tally.compared + tally.excluded > 0 else { throw nothingCompared(network) }
    return search.found()
  }

  /// The same for the lines of one file whose vectors are rows of a NumPy file, without parsing each; nil for others.
  private mutating func findRows(_ network: QueryNetwork?) throws(SetupError) -> [FoundRecord]? {
    guard files.paths.count == 1, files.paths[0] != RawPath("-"),
      let index = try RowIndex(files.paths[0], source, wanting: query.records),
      let named = try NamedVectors(query.records, page: query.page, in: index)
    else { return nil }
    let sought = try Self.query(
      query, named, network, model: index.first.model, engine: index.first.engine)
    guard sought.model == index.first.model,
      let (found, tally) = try index.nearest(to: sought, count: top, least: minScore), tally.compared > 0
    else { return nil }
    self.tally = tally
    return found
  }

  /// The query, among the vectors of the network `model`, unless another is named.
  private static func query(
    _ options: SearchQueryOptions, _ named: NamedVectors, _ network: QueryNetwork?, model: String?,
    engine: String?
  ) throws(SetupError) -> SearchQuery {
    let reference = named.model ?? network?.reference ?? model
    var vectors = named.vectors
    if !options.like.isEmpty || !options.text.isEmpty {
      let network = if let network { network } else { try QueryNetwork(reference: reference, options) }
      guard reference == nil || network.reference == reference else {
        throw SetupError(
          "the records have vectors of \(reference ?? ""), and \(network.reference) is installed\n"
            + "Scan again with imgrec scan --task embed, or name the network's file with --model.")
      }
      if !options.like.isEmpty { vectors += try network.vectors(of: options.photos, engine: engine) }
      if !options.text.isEmpty { vectors += try network.vectors(ofTexts: options.text) }
    }
    if let other = vectors.first(where: { $0.count != vectors[0].count }) {
      throw SetupError(
        "the vectors of the query have \(vectors[0].count) and \(other.count) numbers\n"
          + "The networks for pictures and for text must be trained together; check the card's files.")
    }
    guard let vector = VectorQuery(vectors) else {
      throw SetupError(
        "the vectors of the query have no common direction\nSearch for one image at a time, with --like or --id.")
    }
    return SearchQuery(vector, model: reference, excluded: named.names)
  }

  private func nothingCompared(_ network: QueryNetwork?) -> SetupError {
    if let network, tally.foreign > 0 {
      return SetupError(
        "no record has a vector of \(network.reference)\nLeave --model out to search those of the first record.")
    }
    if tally.aimless > 0 {
      return SetupError(
        "no vector of the records has a direction: all are zero, or not finite\nScan again with another network.")
    }
    return SetupError("no record has a vector\nWrite some: \(VectorSource.command)")
  }
}

/// The vectors of the records that `--id` names.
struct NamedVectors {
  private(set) var vectors: [[Float]] = []
  /// The network that made them.
  private(set) var model: String?
  /// The records, which are not to be found.
  private(set) var names: [RecordName] = []

  /// The same of the lines of an index; nil if one of them is not there, or has no vector.
  init?(_ paths: [RawPath], page: Int?, in index: RowIndex) throws(SetupError) {
    for path in paths {
      guard let (vector, name) = try index.vector(of: path, page: page) else { return nil }
      vectors.append(vector)
      names.append(name)
      model = index.first.model
    }
  }

  init(_ paths: [RawPath], page: Int?, in files: RecordFiles, _ source: VectorSource) throws(SetupError) {
    guard !paths.isEmpty else { return }
    var found: [RawPath: (vector: [Float], model: String?, name: RecordName)] = [:]
    var similar: RawPath?
    var isEmpty = true
    var bare: (path: RawPath, why: String)?
    try files.read(as: VectorRecord.init) {
      record, json throws(SetupError) in
      isEmpty = false
      guard let path = paths.first(where: { $0 == record.path }) else {
        if similar == nil, paths.contains(where: { $0.lastComponent == record.path.lastComponent }) {
          similar = record.path
        }
        return
      }
      guard found[path] == nil, page == nil || record.page == page else { return }
      guard try source.read(record, json) else {
        bare = (path, record.failure ?? "scan it with --task embed")
        return
      }
      found[path] = (source.vector, source.model(of: record), RecordName(record.path, page: record.page))
    }
    // What there is to say of no records is the same without --id.
    if isEmpty { return }
    for path in paths {
      guard let record = found[path] else {
        if let bare, bare.path == path {
          throw SetupError("the record of \(path) has no vector: \(bare.why)\nSearch for the photo itself with --like.")
        }
        throw SetupError(
          "no record is of \(path)" + (page.map { ", page \($0)" } ?? "") + "\n"
            + (similar.map { "Did you mean --id \($0)?" }
              ?? "Name a path as the records have it, or a photo with --like."))
      }
      if !vectors.isEmpty, record.model != model {
        throw SetupError(
          "the vectors of \(paths[0]) and \(path) are of different networks\nSearch for them one after another.")
      }
      vectors.append(record.vector)
      model = record.model
      names.append(record.name)
    }
  }
}
