import Platform
import Recognition
import Records

/// What a run was like: counts and distributions of its records, in memory that does not grow with their number, but for
/// some thirty bytes for each image.
public struct DriftProfile: Sendable {
  private(set) var facts = DriftFacts()
  /// Facts of the images that the baseline does not have with the same answers. Only they can differ by chance.
  private(set) var new: DriftFacts?
  /// Records of an image that had one.
  public private(set) var repeated = 0

  /// Hashes of the names of the images that were read.
  private var seen: Set<UInt64> = []
  /// Failures by hashes of the names.
  private var failures: [UInt64: (code: String, isNew: Bool)] = [:]
  /// Number of records of each fingerprint: of the baseline, less those that this run has too.
  private var fingerprints: [UInt64: Int32] = [:]

  private static let ok = "ok"

  /// An empty baseline.
  public init() {}

  /// An empty run, to be compared with `baseline`.
  public init(beside baseline: DriftProfile) {
    fingerprints = baseline.fingerprints
    new = DriftFacts()
  }

  /// Number of images, each page one.
  public var images: Int { facts.images }

  /// Adds a record. Of several records of an image, or of a page, the first that is no failure counts. Returns whether
  /// its answers were added.
  @discardableResult
  public mutating func add(_ record: StoredRecord) -> Bool {
    let key = Self.key(of: record)
    if seen.contains(key) || !record.isRead && failures[key] != nil {
      repeated += 1
      return false
    }
    if let failure = failures.removeValue(forKey: key) {
      // It was tried again.
      repeated += 1
      facts.remove(failure: failure.code)
      if failure.isNew { new?.remove(failure: failure.code) }
    }
    let code = record.isOK ? Self.ok : record.failure?.code ?? "error"
    facts.add(record, code: code, key: key)
    let isNew = isNew(record, key, code)
    if isNew { new?.add(record, code: code, key: key) }
    if record.isRead { seen.insert(key) } else { failures[key] = (code, isNew) }
    return record.isRead
  }

  /// Whether the baseline has no such record, or this run more of them.
  private mutating func isNew(_ record: StoredRecord, _ key: UInt64, _ code: String) -> Bool {
    let fingerprint = Fingerprint(record, key: key, code: code).value
    guard new != nil else {
      fingerprints[fingerprint, default: 0] &+= 1
      return false
    }
    guard let number = fingerprints[fingerprint], number > 0 else { return true }
    fingerprints[fingerprint] = number - 1
    return false
  }

  /// A hash of the name of the image and of its page.
  static func key(of record: StoredRecord) -> UInt64 {
    var hash = Fingerprint(fnv1a(record.path.bytes))
    hash.mix(UInt64(truncatingIfNeeded: record.page ?? 0))
    return hash.value
  }
}

/// A hash of an image and of its answers: two records with one fingerprint are of the same image and say the same.
struct Fingerprint {
  private(set) var value: UInt64

  init(_ value: UInt64) { self.value = value }

  /// `key` is a hash of the image's name, for records without a digest.
  init(_ record: StoredRecord, key: UInt64, code: String) {
    let digest = record.digest.flatMap { UInt64($0.dropFirst("sha256:".count).prefix(16), radix: 16) }
    self.init(digest ?? key)
    mix(UInt64(truncatingIfNeeded: record.page ?? 0))
    mix(code)
    // In any order of the keys.
    for task in TaskKind.allCases {
      guard let findings = record.findings(task) else { continue }
      mix(task.rawValue)
      mix(record.models[task.rawValue] ?? "")
      mix(findings)
    }
  }

  mutating func mix(_ number: UInt64) {
    // splitmix64: bits at the end of a name reach the upper bits, by which samples are drawn.
    value = (value &+ number) &* 0x9e37_79b9_7f4a_7c15
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    value ^= value >> 31
  }

  private mutating func mix(_ text: String) {
    for byte in text.utf8 { mix(byte) }
    mix(UInt64(text.utf8.count))
  }

  /// FNV-1a, for the bytes of names.
  mutating func mix(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  private mutating func mix(_ number: Float) { mix(UInt64(number.bitPattern)) }

  private mutating func mix(_ findings: Findings) {
    switch findings {
    case .labels(let labels):
      for label in labels {
        mix(label.label)
        mix(label.score)
      }
    case .detections, .segments:
      for object in findings.objects {
        mix(object.name ?? "")
        for number in [object.score, object.box.x, object.box.y, object.box.width, object.box.height] { mix(number) }
      }
    case .embedding(let vector): for number in vector { value = (value ^ UInt64(number.bitPattern)) &* 0x100_0000_01b3 }
    case .measures(let measures):
      for measure in measures.sorted(by: { $0.name < $1.name }) {
        mix(measure.name)
        mix(measure.value.bitPattern)
      }
    case .codes(let codes): for code in codes { mix(code.text) }
    case .upscaled: break
    }
  }
}
