/// What the header of a NumPy file says (numpy.lib.format).
public struct NumPyArray: Equatable, Sendable {
  /// The type of an element, such as `<f4`.
  public var type: String
  public var isFortranOrder: Bool
  public var shape: [Int]
  /// Offset of the first element.
  public var start: Int

  public init(type: String, isFortranOrder: Bool, shape: [Int], start: Int) {
    self.type = type
    self.isFortranOrder = isFortranOrder
    self.shape = shape
    self.start = start
  }
}

extension NumPyHeader {
  /// Number of bytes in which a header of an array without field names ends.
  public static let maxLength = 4096

  /// Reads the beginning of a file of version 1 to 3; nil if it is no NumPy file, or one of records with fields.
  public static func array(_ bytes: [UInt8]) -> NumPyArray? {
    guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(bytes[6]) else {
      return nil
    }
    let isShort = bytes[6] == 1
    let start = isShort ? 10 : 12
    let length =
      isShort
      ? Int(bytes[8]) | Int(bytes[9]) << 8
      : Int(bytes[8]) | Int(bytes[9]) << 8 | Int(bytes[10]) << 16 | Int(bytes[11]) << 24
    guard start + length <= bytes.count else { return nil }
    var reader = DictionaryReader(bytes[start..<start + length])
    guard let (type, order, shape) = reader.read() else { return nil }
    return NumPyArray(type: type, isFortranOrder: order, shape: shape, start: start + length)
  }

  /// Reads the Python dictionary of a header, as `repr` writes it: names and types in quotes, `True` and `False`, and a
  /// tuple of whole numbers.
  private struct DictionaryReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) { rest = text }

    /// nil unless the dictionary has its three keys, in any order.
    mutating func read() -> (type: String, isFortranOrder: Bool, shape: [Int])? {
      var (type, order, shape): (String?, Bool?, [Int]?)
      guard take("{") else { return nil }
      while !take("}") {
        guard let key = string(), take(":") else { return nil }
        switch key {
        case "descr":
          type = string()
          if type == nil { return nil }
        case "fortran_order":
          order = take("True") ? true : take("False") ? false : nil
          if order == nil { return nil }
        case "shape":
          shape = tuple()
          if shape == nil { return nil }
        default: return nil
        }
        guard take(",") || rest.first == UInt8(ascii: "}") else { return nil }
      }
      guard let type, let order, let shape else { return nil }
      return (type, order, shape)
    }

    private mutating func skipSpace() { rest = rest.drop { $0 == 0x20 } }

    private mutating func take(_ text: String) -> Bool {
      skipSpace()
      guard rest.starts(with: text.utf8) else { return false }
      rest = rest.dropFirst(text.utf8.count)
      skipSpace()
      return true
    }

    private mutating func string() -> String? {
      skipSpace()
      guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
      rest = rest.dropFirst()
      guard let end = rest.firstIndex(of: quote) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func tuple() -> [Int]? {
      guard take("(") else { return nil }
      var sides: [Int] = []
      while !take(")") {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard let side = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        rest = rest.dropFirst(digits.count)
        // Python 2 wrote long numbers with an L.
        _ = take("L")
        sides.append(side)
        guard take(",") || rest.first == UInt8(ascii: ")") else { return nil }
      }
      return sides
    }
  }
}
