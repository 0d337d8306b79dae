import Recognition

// Formats whose headers state the length.
extension ImageEndScanner {
  static func endOfBMP(_ bytes: [UInt8]) -> Ending {
    guard let size = little(bytes, 2, 4) else { return .needsMore }
    // Some writers leave it 0.
    return size >= 26 ? .at(size) : .unbounded
  }

  static func endOfWebP(_ bytes: [UInt8]) -> Ending {
    guard let size = little(bytes, 4, 4) else { return .needsMore }
    return .at(8 + size + size % 2)
  }

  /// Binary PNM: P4 to P7. The others, which are text, have no length of their own.
  static func endOfPNM(_ bytes: [UInt8]) -> Ending {
    guard bytes.count >= 3 else { return .needsMore }
    let kind = bytes[1]
    guard (0x34...0x37).contains(kind) else { return .unbounded }
    if kind == 0x37 { return endOfPAM(bytes) }
    var numbers: [Int] = []
    var index = 2
    while numbers.count < (kind == 0x34 ? 2 : 3) {
      while index < bytes.count, bytes[index] == 0x23 || bytes[index] <= 0x20 {
        if bytes[index] == 0x23 { while index < bytes.count, bytes[index] != 0x0a { index += 1 } } else { index += 1 }
      }
      let digits = bytes[index...].prefix(10).prefix { (0x30...0x39).contains($0) }
      index += digits.count
      guard index < bytes.count else { return .needsMore }
      guard let number = number(digits) else { return .unbounded }
      numbers.append(number)
    }
    // One space after the last number.
    let (start, width, height) = (index + 1, numbers[0], numbers[1])
    guard kind != 0x34 else { return .at(start + (width + 7) / 8 * height) }
    let sample = numbers[2] > 255 ? 2 : 1
    return .at(start + width * height * sample * (kind == 0x36 ? 3 : 1))
  }

  /// Bytes of a PAM's header, of lines, that are looked at.
  private static let largestHeader = 4096

  private static func endOfPAM(_ bytes: [UInt8]) -> Ending {
    let head = bytes.prefix(largestHeader)
    var numbers: [String: Int] = [:]
    var start = 0
    while let end = head[start...].firstIndex(of: 0x0a) {
      let words = head[start..<end].split { $0 <= 0x20 }
      start = end + 1
      let name = String(decoding: words.first ?? [], as: UTF8.self)
      if name == "ENDHDR" {
        guard let width = numbers["WIDTH"], let height = numbers["HEIGHT"], let depth = numbers["DEPTH"],
          let maximum = numbers["MAXVAL"], depth <= 16
        else { return .unbounded }
        // Two sides of nine digits leave room for a factor of 9, and not for 16 samples of two bytes.
        let (size, overflow) = (width * height).multipliedReportingOverflow(by: depth * (maximum > 255 ? 2 : 1))
        return overflow || size > Int.max - start ? .unbounded : .at(start + size)
      }
      if words.count == 2 { numbers[name] = number(words[1]) }
    }
    return bytes.count < largestHeader ? .needsMore : .unbounded
  }

  /// A number of at most nine digits, so that the product of two, and six times that, are no overflow.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count < 10, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
