/// Suggests known names for a mistyped one ("did you mean").
public enum Suggestions {
  /// Returns at most three of `candidates`, the closest first.
  public static func close(to name: String, among candidates: [String]) -> [String] {
    let query = Array(name.lowercased().utf8)
    // Two letters of three would fit anything.
    let limit = query.count < 4 ? 1 : max(2, query.count / 3)
    let ranked = candidates.compactMap { candidate -> (name: String, distance: Int)? in
      let known = Array(candidate.lowercased().utf8)
      // People often give half a name: "mobilenet" for "mobilenet_v2".
      if query.count >= 3, candidate.lowercased().contains(name.lowercased()) { return (candidate, 0) }
      let (whole, beginning) = editDistance(query, known)
      if whole <= limit { return (candidate, whole) }
      return beginning <= query.count / 4 ? (candidate, beginning + 1) : nil
    }
    return ranked.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
  }

  /// Returns "Did you mean a, b or c?" with the closest of `candidates`, each between `quote`s; nil if none is close.
  public static func question(_ name: String, among candidates: [String], quote: String = "") -> String? {
    let close = close(to: name, among: candidates)
    return close.isEmpty ? nil : question(close.map { quote + $0 + quote })
  }

  /// Returns "Did you mean a, b or c?".
  public static func question(_ names: [String]) -> String {
    "Did you mean "
      + (names.count < 2 ? names : [names.dropLast().joined(separator: ", "), names.last!])
      .joined(separator: " or ") + "?"
  }

  /// Returns the Levenshtein distance from `a` to `b`, and to the nearest prefix of `b`.
  public static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> (whole: Int, beginning: Int) {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let cost = min(diagonal + (x == y ? 0 : 1), row[j] + 1, row[j + 1] + 1)
        diagonal = row[j + 1]
        row[j + 1] = cost
      }
    }
    return (row[b.count], row.min() ?? 0)
  }
}
