import Platform

/// Writes the data file of an LMDB database (format 1, pages of 4,096 bytes, numbers little-endian).
///
/// Not through liblmdb: it writes into a mapped file with a name and grows it in steps. Here the images go to the end
/// of the file as they come, each on pages of its own, and the tree of the sorted keys after them.
struct LMDBShard: ShardWriter {
  /// liblmdb's limit, in bytes.
  static let longestKey = 511

  private let file: ShardFile
  private var keys = LMDBKeys()
  private var overflowPages = 0

  init(_ file: ShardFile) throws(FileError) {
    self.file = file
    // Room for the two pages that describe the file.
    try file.writeZeros(2 * LMDBPages.size)
  }

  /// The key of an image: its name. One that is too long is cut, keeps its extension and gets 16 digits of its SHA-256.
  static func key(_ name: RawPath) -> RawPath {
    guard name.bytes.count > longestKey else { return name }
    let ending = name.fileExtension.map { $0.utf8.count <= 16 ? Array(".\($0)".utf8) : [] } ?? []
    let digest = Array("-\(hexadecimal(Digest.of(name.bytes).prefix(8)))".utf8)
    return RawPath(Array(name.bytes.prefix(longestKey - digest.count - ending.count)) + digest + ending)
  }

  func size(with member: ShardMember) -> Int {
    // Pages of keys are filled to three quarters at least.
    let tree = (keys.byteCount + member.name.bytes.count + 32) * 4 / 3 + 4 * LMDBPages.size
    return file.count + LMDBPages.count(of: member.bytes.count) * LMDBPages.size + tree
  }

  mutating func add(_ member: ShardMember) throws(FileError) {
    let page = file.count / LMDBPages.size
    let pages = LMDBPages.count(of: member.bytes.count)
    try file.write(littleEndian(page, 8) + littleEndian(0, 2) + littleEndian(4, 2) + littleEndian(pages, 4))
    try file.write(member.bytes)
    try file.writeZeros(pages * LMDBPages.size - LMDBPages.headerLength - member.bytes.count)
    overflowPages += pages
    keys.append(Self.key(member.name).bytes, page: page, size: member.bytes.count)
  }

  mutating func end() throws(FileError) {
    keys.sort()
    let keys = keys
    var level = try writeLevel(
      keys.count, isLeaf: true, node: { keys.node($0) }, page: { (keys.key($0), $1) })
    let leaves = level.count
    var (branches, depth) = (0, 1)
    while level.count > 1 {
      let below = level
      level = try writeLevel(
        below.count, isLeaf: false,
        node: { LMDBPages.branchNode(below[$0].key, page: below[$0].page) }, page: { (below[$0].key, $1) })
      branches += level.count
      depth += 1
    }
    let tree = LMDBPages.Tree(
      depth: depth, branches: branches, leaves: leaves, overflows: overflowPages, entries: keys.count,
      root: level[0].page)
    let lastPage = file.count / LMDBPages.size - 1
    try file.replace(at: 0, LMDBPages.meta(0, tree: nil, lastPage: 1, mapSize: file.count))
    try file.replace(at: LMDBPages.size, LMDBPages.meta(1, tree: tree, lastPage: lastPage, mapSize: file.count))
  }

  /// Writes the pages of one level of the tree; returns the first key and number of each. `page` pairs the first node of
  /// a page with its number.
  private func writeLevel(
    _ count: Int, isLeaf: Bool, node: (Int) -> [UInt8], page: (Int, Int) -> (key: [UInt8], page: Int)
  ) throws(FileError) -> [(key: [UInt8], page: Int)] {
    var starts = [0]
    var used = LMDBPages.headerLength
    for index in 0..<count {
      let length = node(index).count + 2
      if used + length > LMDBPages.size {
        starts.append(index)
        used = LMDBPages.headerLength
      }
      used += length
    }
    // A branch has two nodes at least; every one before the last has many.
    if !isLeaf, starts.count > 1, count - starts[starts.count - 1] == 1 { starts[starts.count - 1] -= 1 }
    var level: [(key: [UInt8], page: Int)] = []
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] : count
      let number = file.count / LMDBPages.size
      var nodes = (start..<end).map(node)
      // liblmdb never looks at the first key of a branch.
      if !isLeaf { nodes[0] = LMDBPages.withoutKey(nodes[0]) }
      try file.write(LMDBPages.page(number, isLeaf: isLeaf, nodes: nodes))
      level.append(page(start, number))
    }
    return level
  }
}
