/// The pages of an LMDB file, as liblmdb 0.9 lays them out on machines of 64 bits.
enum LMDBPages {
  static let size = 4096
  static let headerLength = 16

  /// What a file says of its tree of keys.
  struct Tree {
    var depth: Int
    var branches: Int
    var leaves: Int
    var overflows: Int
    var entries: Int
    /// Number of its root page.
    var root: Int
  }

  /// Number of pages that a value of `length` bytes takes.
  static func count(of length: Int) -> Int { (headerLength + length + size - 1) / size }

  /// A page of keys: header, offsets of the nodes, and the nodes from its end down.
  static func page(_ number: Int, isLeaf: Bool, nodes: [[UInt8]]) -> [UInt8] {
    let content = nodes.reduce(0) { $0 + $1.count }
    var bytes = littleEndian(number, 8) + littleEndian(0, 2) + littleEndian(isLeaf ? 2 : 1, 2)
    bytes += littleEndian(headerLength + 2 * nodes.count, 2) + littleEndian(size - content, 2)
    var offset = size
    for node in nodes {
      offset -= node.count
      bytes += littleEndian(offset, 2)
    }
    bytes += [UInt8](repeating: 0, count: size - content - bytes.count)
    for node in nodes.reversed() { bytes += node }
    return bytes
  }

  /// A node of a leaf whose value of `length` bytes begins on another page.
  static func leafNode(_ key: some Collection<UInt8>, page: Int, length: Int) -> [UInt8] {
    let bytes = littleEndian(length, 4) + littleEndian(1, 2) + littleEndian(key.count, 2) + key + littleEndian(page, 8)
    return even(bytes)
  }

  /// A node of a branch: the number of a page and the first key on it.
  static func branchNode(_ key: some Collection<UInt8>, page: Int) -> [UInt8] {
    even(littleEndian(page, 6) + littleEndian(key.count, 2) + key)
  }

  static func withoutKey(_ node: [UInt8]) -> [UInt8] { Array(node[..<6]) + [0, 0] }

  /// One of the two pages that describe the file; `number` is also that of its transaction. nil for a tree without keys.
  static func meta(_ number: Int, tree: Tree?, lastPage: Int, mapSize: Int) -> [UInt8] {
    let none = UInt64.max
    var bytes = littleEndian(number, 8) + littleEndian(0, 2) + littleEndian(8, 2) + littleEndian(0, 4)
    bytes += littleEndian(0xBEEF_C0DE, 4) + littleEndian(1, 4) + littleEndian(0, 8) + littleEndian(mapSize, 8)
    // The database of free pages has integers for keys, and no entries.
    bytes += littleEndian(size, 4) + littleEndian(8, 2) + [UInt8](repeating: 0, count: 34) + littleEndian(none, 8)
    let numbers = tree.map { [$0.branches, $0.leaves, $0.overflows, $0.entries] } ?? [0, 0, 0, 0]
    bytes += littleEndian(0, 6) + littleEndian(tree?.depth ?? 0, 2) + numbers.flatMap { littleEndian($0, 8) }
    bytes += tree.map { littleEndian($0.root, 8) } ?? littleEndian(none, 8)
    bytes += littleEndian(lastPage, 8) + littleEndian(number, 8)
    return bytes + [UInt8](repeating: 0, count: size - bytes.count)
  }

  private static func even(_ bytes: [UInt8]) -> [UInt8] { bytes.count.isMultiple(of: 2) ? bytes : bytes + [0] }
}

/// The keys of a database and where their values are, in little memory.
struct LMDBKeys {
  private struct Entry {
    var start: Int
    var length: UInt16
    var size: UInt32
    var page: Int
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  var count: Int { entries.count }

  /// Bytes of all nodes.
  var byteCount: Int { bytes.count + entries.count * 20 }

  mutating func append(_ key: [UInt8], page: Int, size: Int) {
    entries.append(Entry(start: bytes.count, length: UInt16(key.count), size: UInt32(size), page: page))
    bytes += key
  }

  /// Sorts by the bytes of the keys, as liblmdb compares them.
  mutating func sort() {
    bytes.withUnsafeBufferPointer { bytes in
      entries.sort { a, b in
        bytes[a.start..<a.start + Int(a.length)].lexicographicallyPrecedes(bytes[b.start..<b.start + Int(b.length)])
      }
    }
  }

  func key(_ index: Int) -> [UInt8] { Array(slice(index)) }

  func node(_ index: Int) -> [UInt8] {
    LMDBPages.leafNode(slice(index), page: entries[index].page, length: Int(entries[index].size))
  }

  private func slice(_ index: Int) -> ArraySlice<UInt8> {
    let entry = entries[index]
    return bytes[entry.start..<entry.start + Int(entry.length)]
  }
}
