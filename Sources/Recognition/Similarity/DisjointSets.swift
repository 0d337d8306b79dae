/// Which of `count` things belong together, by the pairs that are told to: union and find.
public struct DisjointSets: Sendable {
  private var parent: [Int32]

  public init(count: Int) { parent = Array(0..<Int32(count)) }

  public mutating func join(_ a: Int, _ b: Int) {
    let (first, second) = (root(a), root(b))
    // The earlier one leads.
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

  /// The groups of more than one, each in order, by their first.
  public mutating func groups() -> [[Int]] {
    var members: [Int: [Int]] = [:]
    for item in parent.indices where root(item) != item { members[root(item), default: []].append(item) }
    return members.keys.sorted().map { [$0] + members[$0]! }
  }
}
