import Platform

/// The name of shards: a path with the place of a number in it, as printf writes it (`%06d`), or a single path.
public struct ShardPattern: Sendable {
  public enum Mistake: Error, Equatable {
    /// A `%` that begins no number.
    case notANumber
    case severalNumbers
  }

  private let before: [UInt8]
  private let after: [UInt8]
  /// Number of digits at least; nil for a single path.
  private let width: Int?

  private static let percent = UInt8(ascii: "%")
  private static let slash = UInt8(ascii: "/")
  private static let maxWidth = 18

  /// Parses `%d`, `%6d` and `%06d`; `%%` is a percent sign.
  public init(_ path: RawPath) throws(Mistake) {
    var parts: [[UInt8]] = [[]]
    var width: Int?
    var rest = path.bytes[...]
    while let byte = rest.popFirst() {
      guard byte == Self.percent else {
        parts[parts.count - 1].append(byte)
        continue
      }
      if rest.first == Self.percent {
        parts[parts.count - 1].append(byte)
        rest.removeFirst()
        continue
      }
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard rest.dropFirst(digits.count).first == UInt8(ascii: "d"), digits.count <= 3,
        let number = digits.isEmpty ? 1 : Int(String(decoding: digits, as: UTF8.self)), number <= Self.maxWidth
      else { throw .notANumber }
      guard width == nil else { throw .severalNumbers }
      width = number
      rest = rest.dropFirst(digits.count + 1)
      parts.append([])
    }
    before = parts[0]
    after = parts.count > 1 ? parts[1] : []
    self.width = width
  }

  /// Whether there is one file only.
  public var isSingle: Bool { width == nil }

  /// The path of the shard with a number.
  public func path(_ number: Int) -> RawPath {
    guard let width else { return RawPath(before) }
    let digits = String(number)
    return RawPath(before + Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8) + after)
  }

  /// The numbers of the shards that exist, in their order.
  public func existing() -> [Int] {
    guard let width else { return AtomicFile.exists(path(0)) ? [0] : [] }
    let start = before.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0
    let folder = RawPath(start == 0 ? Array(".".utf8) : Array(before[..<start]))
    // The number may be that of a folder.
    let tail = after[..<(after.firstIndex(of: Self.slash) ?? after.endIndex)]
    let head = before[start...]
    var numbers: [Int] = []
    for name in FileSystem.names(in: folder) where name.starts(with: head) && name.count > head.count + tail.count {
      let digits = name.dropFirst(head.count).dropLast(tail.count)
      guard name.suffix(tail.count).elementsEqual(tail), digits.count >= width, digits.count <= Self.maxWidth,
        digits.count == width || digits.first != UInt8(ascii: "0"),
        digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(String(decoding: digits, as: UTF8.self)),
        AtomicFile.exists(path(number))
      else { continue }
      numbers.append(number)
    }
    return numbers.sorted()
  }
}
