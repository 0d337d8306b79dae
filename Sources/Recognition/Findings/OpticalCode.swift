/// A bar code or matrix code that was read.
public struct OpticalCode: Sendable, Equatable {
  /// Its content as text. What is not text is U+FFFD here, and exact in `bytes`.
  public var text: String
  /// The content as it is stored; empty if `text` has it all.
  public var bytes: [UInt8]
  /// Its kind: "EAN-13", "UPC-A", "Code128", "QRCode", "DataMatrix", "Aztec", "PDF417" and others.
  public var format: String
  /// Its corners in pixels of the upright image, clockwise from the code's own upper left.
  public var quad: [Point]

  public init(text: String, bytes: [UInt8] = [], format: String, quad: [Point]) {
    self.text = text
    self.bytes = bytes
    self.format = format
    self.quad = quad
  }

  /// The book's number, as thirteen digits; nil if it is not the code of a book.
  public var isbn: String? { ISBN.thirteenDigits(of: text, isProductCode: format == "EAN-13") }

  /// The upright box around it.
  public var box: Box { Box(around: quad) }
}

/// International Standard Book Numbers (ISO 2108).
enum ISBN {
  /// The ISBN that `text` is, as thirteen digits; nil if it is none or its check digit is wrong.
  ///
  /// Thirteen digits that begin with 978 or 979 are one, except for 979-0, which are printed music. A product code is
  /// exactly that; other codes may have it with hyphens, and with "ISBN" or "urn:isbn:" before it. Ten digits are one only
  /// in such a form: every eleventh number of ten digits has a fitting check digit.
  static func thirteenDigits(of text: String, isProductCode: Bool) -> String? {
    guard text.utf8.count <= 40 else { return nil }
    guard !isProductCode else { return isThirteen(Array(text.utf8)) ? text : nil }
    let lower = text.lowercased()
    let mark = ["urn:isbn:", "isbn-13:", "isbn-10:", "isbn:", "isbn"].first(where: lower.hasPrefix)
    let number = text.dropFirst(mark?.count ?? 0).trimmingPrefix(while: { $0 == " " })
    let hyphens = number.count { $0 == "-" || $0 == " " }
    let digits = number.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
    if isThirteen(digits) { return String(decoding: digits, as: UTF8.self) }
    guard mark != nil || hyphens == 3, isTen(digits) else { return nil }
    let stem = Array("978".utf8) + digits.prefix(9)
    return String(decoding: stem + [checkDigit(stem)], as: UTF8.self)
  }

  private static func isThirteen(_ digits: [UInt8]) -> Bool {
    let start = String(decoding: digits.prefix(4), as: UTF8.self)
    return digits.count == 13 && digits.allSatisfy(isDigit) && (start.hasPrefix("978") || start.hasPrefix("979"))
      && start != "9790" && checkDigit(Array(digits.dropLast())) == digits[12]
  }

  /// Whether the sum of ten digits, weighted by 10 to 1, is a multiple of 11; the last may be X, which is ten.
  private static func isTen(_ digits: [UInt8]) -> Bool {
    guard digits.count == 10, digits.dropLast().allSatisfy(isDigit) else { return false }
    let last = digits[9] | 0x20 == UInt8(ascii: "x") ? 10 : isDigit(digits[9]) ? Int(digits[9]) - 48 : -1
    let sum = digits.dropLast().enumerated().reduce(last) { $0 + (10 - $1.offset) * (Int($1.element) - 48) }
    return last >= 0 && sum % 11 == 0
  }

  /// The check digit of twelve digits, weighted by 1 and 3 in turn.
  private static func checkDigit(_ digits: [UInt8]) -> UInt8 {
    let sum = digits.enumerated().reduce(0) { $0 + (Int($1.element) - 48) * ($1.offset % 2 == 0 ? 1 : 3) }
    return UInt8(48 + (10 - sum % 10) % 10)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
