import Records
import Statistics

/// Images of which no two are the same picture.
public struct DistinctImages {
  /// Vectors of the images; one that is closer to another is that of the same picture, cut or compressed otherwise.
  private static let leastDistance: Float = 0.02

  private var digests: Set<String> = []
  private var vectors: [[Float]] = []

  public init() {}

  /// Adds the image of the record; false if it is there, by the digest of its file or by its vector.
  public mutating func add(_ record: StoredRecord) -> Bool {
    if let digest = record.digest, digests.contains(digest) { return false }
    if case .embedding(let vector) = record.findings(.embed), let unit = VectorCloud.unit(vector) {
      let isKnown = vectors.contains { $0.count == unit.count && 1 - VectorCloud.dot($0, unit) < Self.leastDistance }
      if isKnown { return false }
      vectors.append(unit)
    }
    if let digest = record.digest { digests.insert(digest) }
    return true
  }
}
