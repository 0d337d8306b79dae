import Platform

/// The name of a file of records with the time at which it begins: `records-%Y%m%d.jsonl`.
///
/// `%Y`, `%m`, `%d`, `%H`, `%M`, `%j` (day of the year), `%G` and `%V` (ISO 8601 year and week) are replaced by digits of
/// the local time, `%F` by `%Y-%m-%d`, `%%` by a percent sign.
public struct OutputPattern: Sendable, Equatable {
  private enum Part: Equatable, Sendable {
    case text([UInt8])
    /// A conversion of strftime, and its number of digits.
    case digits(UInt8, count: Int)
  }

  /// A conversion that is none of those above.
  public struct Problem: Error, Equatable, Sendable {
    public var conversion: String
  }

  /// As the user wrote it.
  public let text: RawPath
  private let parts: [Part]

  private static let digitCounts: [UInt8: Int] = [
    UInt8(ascii: "Y"): 4, UInt8(ascii: "G"): 4, UInt8(ascii: "j"): 3, UInt8(ascii: "m"): 2, UInt8(ascii: "d"): 2,
    UInt8(ascii: "H"): 2, UInt8(ascii: "M"): 2, UInt8(ascii: "V"): 2,
  ]
  private static let percent = UInt8(ascii: "%")

  public init(_ text: RawPath) throws(Problem) {
    self.text = text
    var parts: [Part] = []
    var literal: [UInt8] = []
    func add(_ conversion: UInt8, _ count: Int) {
      parts += [.text(literal), .digits(conversion, count: count)]
      literal = []
    }
    var rest = text.bytes[...]
    while let byte = rest.popFirst() {
      guard byte == Self.percent else {
        literal.append(byte)
        continue
      }
      guard let letter = rest.popFirst() else { throw Problem(conversion: "%") }
      if letter == Self.percent {
        literal.append(letter)
      } else if let count = Self.digitCounts[letter] {
        add(letter, count)
      } else if letter == UInt8(ascii: "F") {
        for (index, part) in "Ymd".utf8.enumerated() {
          if index > 0 { literal.append(UInt8(ascii: "-")) }
          add(part, Self.digitCounts[part] ?? 2)
        }
      } else {
        throw Problem(conversion: "%" + String(decoding: [letter], as: UTF8.self))
      }
    }
    self.parts = parts + [.text(literal)]
  }

  /// Whether the name depends on the time.
  public var isTimed: Bool { parts.contains { if case .digits = $0 { true } else { false } } }

  /// The name at a time, in seconds since 1970.
  public func path(at seconds: Int) -> RawPath {
    var time = time_t(seconds)
    var fields = tm()
    localtime_r(&time, &fields)
    var path: [UInt8] = []
    for part in parts {
      switch part {
      case .text(let bytes): path += bytes
      case .digits(let letter, _):
        var digits = [CChar](repeating: 0, count: 16)
        let count = strftime(&digits, digits.count, "%" + String(decoding: [letter], as: UTF8.self), &fields)
        path += digits[..<count].map { UInt8(bitPattern: $0) }
      }
    }
    return RawPath(path)
  }

  /// The folder that must be there: what precedes the first part with a time in it.
  public var fixedFolder: RawPath {
    guard case .text(let bytes)? = parts.first else { return RawPath(".") }
    return isTimed ? RawPath(bytes + [UInt8(ascii: "x")]).parent : RawPath(bytes).parent
  }

  /// The files that are there and that the pattern can have made.
  public func files() -> [RawPath] {
    var found: [RawPath] = []
    var folders = [fixedFolder]
    while let folder = folders.popLast() {
      for name in FileSystem.names(in: folder) where name != Array(".".utf8) && name != Array("..".utf8) {
        let path = isBare && folder == RawPath(".") ? RawPath(name) : folder.appending(name)
        switch Self.match(path.bytes[...], parts[...]) {
        case .whole: found.append(path)
        case .beginning where isTimed: folders.append(path)
        case .beginning, .none: break
        }
      }
    }
    return found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
  }

  /// Whether the pattern names no folder.
  private var isBare: Bool { !text.bytes.contains(UInt8(ascii: "/")) }

  private enum Match { case none, beginning, whole }

  /// How far a path is made by the parts: the beginning of one ends before a slash.
  private static func match(_ path: ArraySlice<UInt8>, _ parts: ArraySlice<Part>) -> Match {
    var path = path
    for part in parts {
      switch part {
      case .text(let bytes):
        let length = min(bytes.count, path.count)
        guard path.prefix(length).elementsEqual(bytes.prefix(length)) else { return .none }
        if path.count < bytes.count { return bytes[path.count] == UInt8(ascii: "/") ? .beginning : .none }
        path.removeFirst(length)
      case .digits(_, let count):
        guard path.count >= count, path.prefix(count).allSatisfy({ (0x30...0x39).contains($0) }) else { return .none }
        path.removeFirst(count)
      }
    }
    return path.isEmpty ? .whole : .none
  }
}
