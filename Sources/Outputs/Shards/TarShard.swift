import Platform

/// Writes a tar: a ustar header for each image, before it a pax header if the name does not fit or is not ASCII.
///
/// Not through libarchive: it adds owners and times that differ between machines, and the same images should be the
/// same bytes.
struct TarShard: ShardWriter {
  private static let block = 512
  private static let longestName = 100
  /// Largest number of 11 octal digits.
  private static let largestNumber = 0o77777777777

  private let file: ShardFile

  init(_ file: ShardFile) { self.file = file }

  func size(with member: ShardMember) -> Int {
    let extended = Self.extendedHeader(member)
    return file.count + extended.count + Self.block + Self.padded(member.bytes.count) + 2 * Self.block
  }

  mutating func add(_ member: ShardMember) throws(FileError) {
    let name = member.name.bytes
    try file.write(Self.extendedHeader(member))
    try file.write(
      Self.header(name: name.suffix(Self.longestName), size: member.bytes.count, modified: member.modified, kind: "0"))
    try file.write(member.bytes)
    try file.writeZeros(Self.padded(member.bytes.count) - member.bytes.count)
  }

  mutating func end() throws(FileError) { try file.writeZeros(2 * Self.block) }

  private static func padded(_ count: Int) -> Int { (count + block - 1) / block * block }

  /// The pax header with what does not fit the plain one; empty if all fits.
  private static func extendedHeader(_ member: ShardMember) -> [UInt8] {
    let name = member.name.bytes
    var records: [UInt8] = []
    let isASCII = name.allSatisfy { $0 < 0x80 }
    if name.count > longestName || !isASCII {
      if !member.name.isUTF8 { records += record("hdrcharset", Array("BINARY".utf8)) }
      records += record("path", name)
    }
    if member.bytes.count > largestNumber { records += record("size", Array("\(member.bytes.count)".utf8)) }
    guard !records.isEmpty else { return [] }
    let padding = [UInt8](repeating: 0, count: padded(records.count) - records.count)
    let plain = header(name: Array("PaxHeaders/0".utf8)[...], size: records.count, modified: 0, kind: "x")
    return plain + records + padding
  }

  /// "LENGTH KEY=VALUE\n", in which LENGTH counts itself.
  private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let field = Array(" \(key)=".utf8) + value + [0x0a]
    var length = field.count
    while "\(length)".utf8.count + field.count != length { length = "\(length)".utf8.count + field.count }
    return Array("\(length)".utf8) + field
  }

  private static func header(name: ArraySlice<UInt8>, size: Int, modified: Int, kind: Character) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: block)
    func put(_ field: some Collection<UInt8>, at start: Int) {
      bytes.replaceSubrange(start..<start + field.count, with: field)
    }
    func octal(_ value: Int, digits: Int) -> [UInt8] {
      let text = String(min(max(0, value), largestNumber), radix: 8)
      return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8)
    }
    put(name, at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(size, digits: 11), at: 124)
    put(octal(modified, digits: 11), at: 136)
    put([UInt8](repeating: 0x20, count: 8), at: 148)
    put(String(kind).utf8, at: 156)
    put("ustar\u{0}00".utf8, at: 257)
    let sum = bytes.reduce(0) { $0 + Int($1) }
    put(octal(sum, digits: 6) + [0, 0x20], at: 148)
    return bytes
  }
}
