/// Texts of metadata, of which nonsense is left out.
enum ExifText {
  /// The longest names of lenses have 60 bytes.
  private static let maxBytes = 256

  /// The text up to the first NUL, without white space around it. Nil if it is longer than 256 bytes, not UTF-8, holds
  /// control or format characters, or has neither a letter nor a digit.
  static func text(_ bytes: ByteReader) -> String? {
    // A field may be as long as its file.
    let bytes = bytes[0..<2 * maxBytes]
    var (low, high) = (0, bytes.bytes.firstIndex(of: 0) ?? bytes.count)
    while low < high, isSpace(bytes.bytes[low]) { low += 1 }
    while high > low, isSpace(bytes.bytes[high - 1]) { high -= 1 }
    guard high > low, high - low <= maxBytes,
      let text = String(validating: bytes[low..<high].bytes, as: UTF8.self)
    else { return nil }
    var isSaying = false
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return nil
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
        .letterNumber, .otherNumber:
        isSaying = true
      default: break
      }
    }
    return isSaying ? text : nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// Maker and model as one name. The maker is left out if the model begins with it, or with one of its words: "NIKON
  /// CORPORATION" and "NIKON D70" are a "NIKON D70".
  static func camera(make: String?, model: String?) -> String? {
    guard let make, let model else { return model ?? make }
    let (low, name) = (make.lowercased(), model.lowercased())
    let first = name.prefix { $0 != " " }
    let isNamed = name.hasPrefix(low) || low.split(whereSeparator: { " ,.".contains($0) }).contains(first)
    return isNamed ? model : "\(make) \(model)"
  }

  /// The date and time of EXIF ("2024:05:01 12:30:11") or of XMP ("2024-05-01T12:30:11.25+02:00") in ISO 8601, without
  /// fractions of a second, and the offset that follows. Nil for what is no date, and for unknown parts.
  static func date(_ text: String) -> (taken: String, offset: String?)? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 19 else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    func has(_ separators: StaticString, at index: Int) -> Bool {
      separators.withUTF8Buffer { $0.contains(bytes[index]) }
    }
    guard has(":-/.", at: 4), has(":-/.", at: 7), has(" T", at: 10), has(":", at: 13), has(":", at: 16),
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19),
      year > 0, hour < 24, minute < 60, second < 60, let days = Self.days(in: month, of: year), (1...days).contains(day)
    else { return nil }
    var rest = bytes[19...]
    if rest.first == UInt8(ascii: ".") { rest = rest.dropFirst().drop { (0x30...0x39).contains($0) } }
    func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    return (
      "\(part(0..<4))-\(part(5..<7))-\(part(8..<10))T\(part(11..<19))", offset(String(decoding: rest, as: UTF8.self))
    )
  }

  /// Nil if there is no such month.
  private static func days(in month: Int, of year: Int) -> Int? {
    switch month {
    case 1, 3, 5, 7, 8, 10, 12: 31
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: nil
    }
  }

  /// An offset from UTC, "+02:00" or "Z"; nil for anything else.
  static func offset(_ text: String) -> String? {
    if text == "Z" { return "+00:00" }
    let bytes = Array(text.utf8)
    guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
      bytes[3] == UInt8(ascii: ":"), [1, 2, 4, 5].allSatisfy({ (0x30...0x39).contains(bytes[$0]) }),
      let hours = Int(text.dropFirst().prefix(2)), let minutes = Int(text.suffix(2)), minutes < 60,
      hours * 60 + minutes <= 14 * 60
    else { return nil }
    return text
  }

  /// The focal lengths (mm) and f-numbers of a lens, in the order of the field LensSpecification: "18-55mm f/3.5-5.6".
  static func lens(_ numbers: [Double?]) -> String? {
    guard numbers.count == 4, let focal = span(numbers[0], numbers[1]) else { return nil }
    return "\(focal)mm" + (span(numbers[2], numbers[3]).map { " f/\($0)" } ?? "")
  }

  /// Nil unless the lower number is positive.
  private static func span(_ low: Double?, _ high: Double?) -> String? {
    func text(_ value: Double) -> String {
      let tenths = (value * 10).rounded()
      // A telephone's lens has 4.25 mm.
      if abs(value * 10 - tenths) > 0.01 { return "\((value * 100).rounded() / 100)" }
      return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : "\(tenths / 10)"
    }
    guard let low, low > 0, low < 100_000 else { return nil }
    guard let high, high > low, high < 100_000 else { return text(low) }
    return "\(text(low))-\(text(high))"
  }
}
