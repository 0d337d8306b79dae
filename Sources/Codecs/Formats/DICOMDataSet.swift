import Recognition

/// A data element of a DICOM file.
struct DICOMElement {
  /// Group and element number, such as 0x0028_0010.
  var tag: Int
  /// The two letters of the value representation as a number; nil if the file does not state it.
  var kind: Int?
  /// The bytes of the value; of an undefined length up to the delimiter.
  var value: Range<Int>
  var hasUndefinedLength = false
}

/// The data elements of a file, found by a walk from one to the next. Bounded in depth and number.
struct DICOMDataSet {
  let file: ByteReader
  private(set) var isExplicit: Bool
  let isBigEndian: Bool
  /// Elements of the groups that concern the picture.
  private(set) var elements: [Int: DICOMElement] = [:]
  /// Items of encapsulated pixel data: the offset table, then the fragments. The last one ends with the file at most.
  private(set) var fragments: [Range<Int>] = []
  /// Whether the file ends within the pixel data.
  private(set) var isCut = false
  /// Whether it ends within the last fragment.
  private(set) var isFragmentCut = false

  private var stepsLeft = 1_000_000
  private static let maxDepth = 16
  private static let undefined = 0xFFFF_FFFF
  private static let item = 0xFFFE_E000
  private static let itemEnd = 0xFFFE_E00D
  private static let sequenceEnd = 0xFFFE_E0DD
  static let pixelTags = [0x7FE0_0008, 0x7FE0_0009, 0x7FE0_0010]

  /// Value representations with a length of 32 bits after two bytes of padding.
  private static let longKinds: Set<Int> = Set(
    ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"].map(kind))

  static func kind(_ letters: String) -> Int { letters.utf8.reduce(0) { $0 << 8 | Int($1) } }

  /// Reads the elements from `start` to the pixel data.
  init(_ file: ByteReader, from start: Int, isExplicit: Bool, isBigEndian: Bool) throws(Failure) {
    self.file = file
    self.isExplicit = isExplicit
    self.isBigEndian = isBigEndian
    var at = start
    while let element = try next(&at, file.count, depth: 0, isTop: true) {
      let group = element.tag >> 16
      if [0x0002, 0x0008, 0x0028, 0x2050, 0x5200, 0x7FE0].contains(group) { elements[element.tag] = element }
      if Self.pixelTags.contains(element.tag) { return }
    }
  }

  /// Reads the elements of an item, or, within `range`, those of `group`.
  init(_ file: ByteReader, range: Range<Int>, isExplicit: Bool, isBigEndian: Bool, group: Int? = nil)
    throws(Failure)
  {
    self.file = file
    self.isExplicit = isExplicit
    self.isBigEndian = isBigEndian
    var at = range.lowerBound
    while at < range.upperBound, group == nil || file.number(at, size: 2, bigEndian: isBigEndian) == group,
      let element = try next(&at, range.upperBound, depth: 1)
    {
      elements[element.tag] = element
      end = at
    }
  }

  /// Where the elements of the second initialiser end.
  private(set) var end = 0

  private func number(_ at: Int, _ size: Int) -> Int? { file.number(at, size: size, bigEndian: isBigEndian) }

  private static func cut() -> Failure { Failure(.decode, .truncated, "dicom: premature end of data") }

  /// Reads the element at `at` and moves there behind it; nil at the end.
  private mutating func next(_ at: inout Int, _ end: Int, depth: Int, isTop: Bool = false) throws(Failure)
    -> DICOMElement?
  {
    guard at < end else { return nil }
    stepsLeft -= 1
    guard stepsLeft > 0, depth <= Self.maxDepth else {
      throw Failure(.decode, .corrupt, "dicom: too many elements, or sequences too deep")
    }
    guard at + 8 <= end, let group = number(at, 2), let element = number(at + 2, 2) else {
      // Files may be padded with zeros.
      if isTop, file[at..<end].bytes.allSatisfy({ $0 == 0 }) { return nil }
      throw Self.cut()
    }
    let tag = group << 16 | element
    var kind: Int?
    var start = at + 8
    var length = number(at + 4, 4)
    if isExplicit, group != 0xFFFE, let letters = statedKind(at + 4) {
      kind = letters
      if Self.longKinds.contains(letters) {
        length = number(at + 8, 4)
        start = at + 12
      } else {
        length = number(at + 6, 2)
      }
    }
    guard let length, start <= end else { throw Self.cut() }
    let isPixels = isTop && Self.pixelTags.contains(tag)
    var found = DICOMElement(tag: tag, kind: kind, value: start..<start, hasUndefinedLength: length == Self.undefined)
    if found.hasUndefinedLength {
      at = start
      if isPixels {
        try readFragments(&at)
      } else if kind == Self.kind("UN"), isExplicit {
        // A sequence of an unknown kind is encoded without kinds.
        isExplicit = false
        defer { isExplicit = true }
        try skipItems(&at, end, depth: depth + 1)
      } else {
        try skipItems(&at, end, depth: depth + 1)
      }
      found.value = start..<at
      return found
    }
    if length > end - start {
      guard isPixels else { throw Self.cut() }
      isCut = true
    }
    at = start + min(length, end - start)
    found.value = start..<at
    return found
  }

  /// The value representation at `at`; nil if there are no two capital letters.
  private func statedKind(_ at: Int) -> Int? {
    guard let value = file.be16(at), (65...90).contains(value >> 8), (65...90).contains(value & 255) else { return nil }
    return value
  }

  /// Moves behind the delimiter of a sequence of undefined length.
  private mutating func skipItems(_ at: inout Int, _ end: Int, depth: Int) throws(Failure) {
    while try item(&at, end, depth: depth) != nil {}
  }

  /// The content of the item at `at`, nil for the delimiter of the sequence; moves `at` behind either.
  private mutating func item(_ at: inout Int, _ end: Int, depth: Int) throws(Failure) -> Range<Int>? {
    stepsLeft -= 1
    guard stepsLeft > 0, depth <= Self.maxDepth else {
      throw Failure(.decode, .corrupt, "dicom: too many elements, or sequences too deep")
    }
    guard at + 8 <= end, let group = number(at, 2), let element = number(at + 2, 2), let length = number(at + 4, 4)
    else { throw Self.cut() }
    let tag = group << 16 | element
    at += 8
    if tag == Self.sequenceEnd { return nil }
    guard tag == Self.item else { throw Failure(.decode, .corrupt, "dicom: no item where one must be") }
    let start = at
    if length != Self.undefined {
      guard length <= end - start else { throw Self.cut() }
      at = start + length
      return start..<at
    }
    while let found = try next(&at, end, depth: depth + 1) {
      if found.tag == Self.itemEnd { return start..<at - 8 }
    }
    throw Self.cut()
  }

  /// Reads the items of encapsulated pixel data.
  private mutating func readFragments(_ at: inout Int) throws(Failure) {
    while true {
      stepsLeft -= 1
      guard stepsLeft > 0 else { throw Failure(.decode, .corrupt, "dicom: too many fragments") }
      guard let group = number(at, 2), let element = number(at + 2, 2), let length = number(at + 4, 4) else {
        // Without its delimiter the file is cut, though perhaps behind the last fragment.
        isCut = true
        at = file.count
        return
      }
      let tag = group << 16 | element
      at += 8
      if tag == Self.sequenceEnd { return }
      guard tag == Self.item, length != Self.undefined else {
        throw Failure(.decode, .corrupt, "dicom: no fragment where one must be")
      }
      if length > file.count - at {
        isCut = true
        isFragmentCut = true
      }
      let end = at + min(length, file.count - at)
      fragments.append(at..<end)
      at = end
    }
  }

  /// The items of a sequence, at most `count`.
  func items(of element: DICOMElement, atMost count: Int) throws(Failure) -> [DICOMDataSet] {
    var walker = self
    var items: [DICOMDataSet] = []
    var at = element.value.lowerBound
    while at < element.value.upperBound, items.count < count,
      let range = try walker.item(&at, element.value.upperBound, depth: 1)
    {
      items.append(
        try DICOMDataSet(file, range: range, isExplicit: isExplicit, isBigEndian: isBigEndian))
    }
    return items
  }

  /// Item `index` of a sequence; nil if the sequence is shorter.
  func item(_ index: Int, of tag: Int) -> DICOMDataSet? {
    guard let element = elements[tag], let items = try? items(of: element, atMost: index + 1) else { return nil }
    return index < items.count ? items[index] : nil
  }

  /// The first number of 16 bits.
  func u16(_ tag: Int) -> Int? {
    guard let value = elements[tag]?.value, value.count >= 2 else { return nil }
    return number(value.lowerBound, 2)
  }

  /// A value of characters, without padding.
  func text(_ tag: Int) -> String? {
    guard let value = elements[tag]?.value, value.count <= 1024 else { return nil }
    let bytes = file[value].bytes
    let text = String(decoding: bytes, as: UTF8.self)
    let end = text.lastIndex { $0 != " " && $0 != "\0" }
    return end.map { String(text[text.startIndex...$0].drop { $0 == " " }) }
  }

  /// Words of 16 bits in little-endian order.
  func words(_ tag: Int) -> [UInt8]? {
    guard let value = elements[tag]?.value else { return nil }
    var bytes = Array(file[value].bytes)
    if isBigEndian { for i in stride(from: 0, to: bytes.count - 1, by: 2) { bytes.swapAt(i, i + 1) } }
    return bytes
  }
}
