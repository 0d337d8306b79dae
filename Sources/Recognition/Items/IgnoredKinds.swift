/// Number of entries that a walk passed over, by kind: the extension of a file that is not an image, or the rule that
/// left the entry out.
public struct IgnoredKinds: Sendable, Equatable {
  /// Kinds that do not fit into the limits below.
  public static let other = "other"

  /// Number of kinds that are counted apart: in a folder of files such as `dump.20240501` each extension is new.
  private static let maxKinds = 200
  /// Number of kinds in `text`.
  private static let shown = 8

  public private(set) var counts: [String: Int] = [:]

  public init() {}

  public init(_ counts: [String: Int]) { for (kind, count) in counts { add(kind, count) } }

  public var total: Int { counts.values.reduce(0, +) }

  public mutating func add(_ kind: String, _ count: Int = 1) {
    guard count > 0 else { return }
    counts[counts[kind] != nil || counts.count < Self.maxKinds ? kind : Self.other, default: 0] += count
  }

  /// The kinds, the most frequent first, `other` last.
  public var sorted: [(kind: String, count: Int)] {
    counts.map { ($0.key, $0.value) }.sorted { a, b in
      if (a.0 == Self.other) != (b.0 == Self.other) { return b.0 == Self.other }
      return (b.1, a.0) < (a.1, b.0)
    }
  }

  /// The kinds in words, such as "mp4 3, pdf 1"; those after the eighth are summed up as "other".
  public var text: String {
    let named = sorted.filter { $0.kind != Self.other }.prefix(Self.shown)
    let rest = total - named.reduce(0) { $0 + $1.count }
    return (named.map { "\($0.kind) \($0.count)" } + (rest > 0 ? ["\(Self.other) \(rest)"] : [])).joined(
      separator: ", ")
  }
}
