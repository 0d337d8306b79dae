/// Disjoint sets (union-find) over `count` elements.
public struct DisjointSets: Sendable {
  private var parent: [Int32]

  public init(count: Int) { parent = Array(0..<Int32(count)) }

  public mutating func join(_ a: Int, _ b: Int) {
    let (first, second) = (root(a), root(b))
    // The earlier element is the representative.
    if first < second { parent[second] = Int32(first) } else { parent[first] = Int32(second) }
  }

  public mutating func root(_ item: Int) -> Int {
    var item = item
    while Int(parent[item]) != item {
      parent[item] = parent[Int(parent[item])]
      item = Int(parent[item])
    }
    return item
  }

  /// The sets of more than one element, each in order, ordered by their first.
  public mutating func groups() -> [[Int]] {
    var members: [Int: [Int]] = [:]
    for item in parent.indices where root(item) != item { members[root(item), default: []].append(item) }
    return members.keys.sorted().map { [$0] + members[$0]! }
  }
}
