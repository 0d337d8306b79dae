import Platform

/// Writes TFRecords: a tf.train.Example for each image, with its name, format and bytes.
struct TFRecordShard: ShardWriter {
  private let file: ShardFile

  init(_ file: ShardFile) { self.file = file }

  func size(with member: ShardMember) -> Int {
    file.count + 16 + Self.beginning(member).count + member.bytes.count
  }

  /// A record is the length, its checksum, the message and its checksum.
  mutating func add(_ member: ShardMember) throws(FileError) {
    let beginning = Self.beginning(member)
    let length = littleEndian(beginning.count + member.bytes.count, 8)
    var checksum = CRC32C()
    beginning.withUnsafeBytes { checksum.update($0) }
    checksum.update(member.bytes)
    try file.write(length + littleEndian(length.withUnsafeBytes { CRC32C.of($0) }.masked, 4))
    try file.write(beginning)
    try file.write(member.bytes)
    try file.write(littleEndian(checksum.masked, 4))
  }

  mutating func end() throws(FileError) {}

  /// The Example up to the bytes of the image, which are its end, so that they are not copied.
  private static func beginning(_ member: ShardMember) -> [UInt8] {
    let others =
      field(1, feature("image/filename", member.name.bytes))
      + field(1, feature("image/format", Array(member.format.rawValue.utf8)))
    // The same nesting as in `feature`, without the value: BytesList, Feature, entry of the map.
    let count = member.bytes.count
    let list = tag(1, length: count)
    let holder = tag(1, length: list.count + count) + list
    let entry = field(1, Array("image/encoded".utf8)) + tag(2, length: holder.count + count) + holder
    let last = tag(1, length: entry.count + count) + entry
    return tag(1, length: others.count + last.count + count) + others + last
  }

  /// An entry of the map of features: its key, and a list with one value.
  private static func feature(_ key: String, _ value: [UInt8]) -> [UInt8] {
    field(1, Array(key.utf8)) + field(2, field(1, field(1, value)))
  }

  private static func field(_ number: Int, _ value: [UInt8]) -> [UInt8] { tag(number, length: value.count) + value }

  /// The tag of a field of bytes, and its length as a varint.
  private static func tag(_ number: Int, length: Int) -> [UInt8] {
    var bytes = [UInt8(number << 3 | 2)]
    var rest = length
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}
