import Platform

/// The entries of an LMDB file in the order of their keys, those of a named database below its name.
struct LMDBTree {
  struct Entry {
    /// Keys of the database, if it is a named one, and of the entry.
    let keys: [LMDBKey]
    /// nil for several sorted values.
    let value: LMDBPage.Value?
  }

  let file: LMDBFile
  /// Number of parts that could not be read, and what the first one was.
  private(set) var damaged = 0
  private(set) var firstDamage = ""
  private var stack: [Frame] = []
  private var isBegun = false
  private var isEnded = false
  /// Number of entries of the main database so far, named databases among them.
  private var mainCount = 0

  private struct Frame {
    let page: LMDBPage
    let isInteger: Bool
    /// Keys of the databases around it.
    let above: [LMDBKey]
    var next = 0
  }

  /// LMDB's own limit is 32 pages from a root to a leaf; a named database is one tree below another.
  private static let maxDepth = 64

  init(_ file: LMDBFile) { self.file = file }

  /// Returns the next entry; nil at the end. What is damaged is counted and passed over.
  mutating func next() -> Entry? {
    if !isBegun {
      isBegun = true
      if file.isHalfDescribed { note("one of the two descriptions of the file is damaged") }
      enter(file.main, above: [])
    }
    while let frame = stack.last {
      guard frame.next < frame.page.count else {
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].next += 1
      if frame.page.isLeaf, frame.above.isEmpty { mainCount += 1 }
      switch frame.page.node(frame.next) {
      case .child(let number): visit(number, isInteger: frame.isInteger, above: frame.above)
      case .value(let key, let value):
        return Entry(keys: frame.above + [LMDBKey(bytes: key, isInteger: frame.isInteger)], value: value)
      case .sortedValues(let key):
        return Entry(keys: frame.above + [LMDBKey(bytes: key, isInteger: frame.isInteger)], value: nil)
      case .database(let key, let database): enter(database, above: frame.above + [LMDBKey(bytes: key)])
      case nil: note("an entry is damaged")
      }
    }
    if !isEnded, damaged == 0, let stated = file.main.entries, stated != mainCount {
      note("it states \(stated) entries and has \(mainCount)")
    }
    isEnded = true
    return nil
  }

  private mutating func enter(_ database: LMDBFile.Database, above: [LMDBKey]) {
    guard let root = database.root else { return }
    visit(root, isInteger: database.hasIntegerKeys, above: above)
  }

  private mutating func visit(_ number: Int, isInteger: Bool, above: [LMDBKey]) {
    guard stack.count < Self.maxDepth else { return note("page \(number) is too deep") }
    do throws(LMDBFile.Damage) {
      stack.append(Frame(page: try file.page(number), isInteger: isInteger, above: above))
    } catch {
      note(error.text)
    }
  }

  private mutating func note(_ text: String) {
    if damaged == 0 { firstDamage = text }
    damaged += 1
  }
}

/// A key of an LMDB database, which may be any bytes, as a name.
struct LMDBKey {
  let bytes: [UInt8]
  var isInteger = false

  /// A relative path. No two keys of a database have the same: what no path can hold, or what would change its meaning
  /// (`.`, `..` and empty parts), is percent-encoded, and `%` itself. Integers are decimal.
  var name: [UInt8] {
    if isInteger, bytes.count == 4 || bytes.count == 8 {
      let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Array(String(value).utf8)
    }
    let isText = String(validating: bytes, as: UTF8.self) != nil
    let slash = UInt8(ascii: "/")
    var name: [UInt8] = []
    for (index, part) in bytes.split(separator: slash, omittingEmptySubsequences: false).enumerated() {
      if index > 0 { name += part.isEmpty || name.isEmpty ? Self.encoded(slash) : [slash] }
      let isDots = part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8)
      for byte in part {
        let isPlain = byte >= 0x20 && byte != 0x7f && byte != UInt8(ascii: "%") && (byte < 0x80 || isText)
        if isPlain, !isDots { name.append(byte) } else { name += Self.encoded(byte) }
      }
    }
    return name
  }

  private static func encoded(_ byte: UInt8) -> [UInt8] {
    Array("%".utf8) + Array(hexadecimal([byte]).uppercased().utf8)
  }
}
