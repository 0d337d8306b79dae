import Outputs
import Pipeline
import Platform
import Recognition

/// The images of a run of `similar`. Their paths wait in a temporary file, so that memory is that of the hashes.
final class FingerprintedImages {
  private let paths: SpooledPaths
  private var index: FingerprintIndex
  private var details: [(input: Int, size: PixelSize, bytes: Int, modified: Int64, isRaw: Bool)] = []
  /// Why a path could not be kept.
  private(set) var problem: SetupError?

  init(bits: Int, findsMirrored: Bool) throws(SetupError) {
    paths = try SpooledPaths()
    index = FingerprintIndex(bits: bits, findsMirrored: findsMirrored)
  }

  /// Returns false if the temporary file cannot be written.
  func append(_ fingerprint: Fingerprint) -> Bool {
    do throws(SetupError) { try paths.append(fingerprint.path) } catch {
      problem = problem ?? error
      return false
    }
    index.append(fingerprint.look)
    details.append((fingerprint.index, fingerprint.size, fingerprint.bytes, fingerprint.modified, fingerprint.isRaw))
    return true
  }

  /// Number of pixels by which `--keep largest` ranks. A camera raw file comes before the JPEG of its shot, which has the
  /// same number or, as programs cut the sensor's borders differently, up to a few percent more.
  private func worth(_ number: Int) -> Double {
    let detail = details[number]
    return Double(detail.size.area) * (detail.isRaw ? 1.1 : 1)
  }

  /// The groups in the order of the inputs, made one by one.
  func groups(within distance: Int, keep: SimilarCommand.Keep) -> some Sequence<SimilarGroup> {
    var clusters = DisjointSets(count: index.count)
    index.pairs(within: distance) { clusters.join($0, $1) }
    let first = { (members: [Int]) in members.reduce(Int.max) { min($0, self.details[$1].input) } }
    let ordered = clusters.groups().map { (first: first($0), members: $0) }.sorted { $0.first < $1.first }
    return ordered.lazy.map { _, members in
      // Among equals the first name wins.
      let named = members.map { (number: $0, path: self.paths[$0]) }
        .sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
      let first =
        switch keep {
        case .largest: named.max { self.worth($0.number) < self.worth($1.number) }!
        case .oldest: named.min { self.details[$0.number].modified < self.details[$1.number].modified }!
        }
      let ordered = [first] + named.filter { $0.number != first.number }
      return SimilarGroup(
        ordered.map { member in
          let detail = self.details[member.number]
          let relation = self.index.relation(first.number, member.number)
          return SimilarGroup.Image(
            path: member.path, size: detail.size, bytes: detail.bytes, modified: detail.modified,
            distance: relation.distance, isMirrored: relation.isMirrored)
        })
    }
  }
}
