/// A page of an LMDB file that holds keys: a branch or a leaf.
struct LMDBPage {
  static let headerLength = 16

  let isLeaf: Bool
  /// Number of nodes.
  let count: Int
  private let bytes: LMDBBytes

  enum Node {
    /// Page number of a subtree.
    case child(Int)
    case value(key: [UInt8], Value)
    case database(key: [UInt8], LMDBFile.Database)
    /// Several values under one key, sorted; such values have at most 511 bytes.
    case sortedValues(key: [UInt8])
  }

  enum Value {
    case inside([UInt8])
    case overflow(page: Int, size: Int)

    /// Bytes, as the node states them.
    var size: Int {
      switch self {
      case .inside(let bytes): bytes.count
      case .overflow(_, let size): size
      }
    }
  }

  private enum Flag {
    static let branch = 1
    static let leaf = 2
    static let overflowValue = 1
    static let database = 2
    static let sortedValues = 4
  }

  /// nil if the page is damaged, or is no page of keys.
  init?(_ bytes: LMDBBytes, number: Int) {
    guard bytes.number(0, size: 8) == number, let flags = bytes.number(10, size: 2),
      let lower = bytes.number(12, size: 2), let upper = bytes.number(14, size: 2),
      lower >= Self.headerLength, lower.isMultiple(of: 2), lower <= upper, upper <= bytes.bytes.count
    else { return nil }
    // Dirty (16) is left in the pages that liblmdb writes.
    switch flags & ~0x10 {
    case Flag.branch: isLeaf = false
    case Flag.leaf: isLeaf = true
    default: return nil
    }
    self.bytes = bytes
    count = (lower - Self.headerLength) / 2
  }

  /// nil if the node is damaged.
  func node(_ index: Int) -> Node? {
    guard let start = bytes.number(Self.headerLength + 2 * index, size: 2), start >= Self.headerLength + 2 * count,
      let low = bytes.number(start, size: 2), let high = bytes.number(start + 2, size: 2),
      let flags = bytes.number(start + 4, size: 2), let keyLength = bytes.number(start + 6, size: 2)
    else { return nil }
    guard isLeaf else { return .child(low | high << 16 | flags << 32) }
    let keyStart = start + 8
    let valueStart = keyStart + keyLength
    guard bytes.holds(keyStart, keyLength) else { return nil }
    let key = Array(bytes.bytes[keyStart..<valueStart])
    let size = low | high << 16
    switch flags & 7 {
    case 0:
      guard bytes.holds(valueStart, size) else { return nil }
      return .value(key: key, .inside(Array(bytes.bytes[valueStart..<valueStart + size])))
    case Flag.overflowValue:
      guard let page = bytes.number(valueStart, size: 8) else { return nil }
      return .value(key: key, .overflow(page: page, size: size))
    case Flag.database:
      return LMDBFile.Database(bytes, at: valueStart).map { .database(key: key, $0) }
    case Flag.sortedValues, Flag.sortedValues | Flag.database: return .sortedValues(key: key)
    default: return nil
    }
  }
}
