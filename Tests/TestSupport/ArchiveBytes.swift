import Foundation

/// Zip and tar archives as bytes, for members that the usual tools would not write.
public enum ArchiveBytes {
  public struct Member {
    public var name: [UInt8]
    public var content: [UInt8]
    /// zip: whether the name is marked as UTF-8, as Python, 7-Zip, Windows and Takeout do. tar: whether it is in a pax
    /// header.
    public var isMarked = false
    /// File type and mode as in `stat`; nil: none is stated, as by DOS.
    public var mode: Int? = 0o100644
    public var isEncrypted = false

    public init(_ name: String, _ content: [UInt8]) { self.init(Array(name.utf8), content) }

    public init(_ name: [UInt8], _ content: [UInt8]) {
      self.name = name
      self.content = content
    }

    public func with(_ change: (inout Member) -> Void) -> Member {
      var copy = self
      change(&copy)
      return copy
    }
  }

  /// A zip of stored members, with its directory.
  public static func zip(_ members: [Member]) -> [UInt8] {
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    for member in members {
      let flags = (member.isMarked ? 0x800 : 0) + (member.isEncrypted ? 1 : 0)
      let common =
        little(20, 2) + little(flags, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
        + little(Int(crc(member.content)), 4) + little(member.content.count, 4) + little(member.content.count, 4)
        + little(member.name.count, 2) + little(0, 2)
      directory += Array("PK\u{1}\u{2}".utf8) + little(member.mode == nil ? 20 : 0x314, 2) + common + little(0, 2)
      directory += little(0, 4) + little((member.mode ?? 0) << 16, 4) + little(bytes.count, 4) + member.name
      bytes += Array("PK\u{3}\u{4}".utf8) + common + member.name + member.content
    }
    let start = bytes.count
    bytes += directory + Array("PK\u{5}\u{6}".utf8) + little(0, 4) + little(members.count, 2) + little(members.count, 2)
    return bytes + little(directory.count, 4) + little(start, 4) + little(0, 2)
  }

  /// A tar in the ustar format, with pax headers for marked names.
  public static func tar(_ members: [Member]) -> [UInt8] {
    var bytes: [UInt8] = []
    for member in members {
      if member.isMarked {
        let field = Array(" path=".utf8) + member.name + [0x0a]
        var length = field.count
        while "\(length)".utf8.count + field.count != length { length = "\(length)".utf8.count + field.count }
        let record = Array("\(length)".utf8) + field
        bytes += header(Array("PaxHeaders/0".utf8), record.count, "x") + padded(record)
      }
      let name = member.isMarked ? Array("short".utf8) : member.name
      bytes += header(name, member.content.count, kind(member.mode ?? 0)) + padded(member.content)
    }
    return bytes + [UInt8](repeating: 0, count: 1024)
  }

  private static func kind(_ mode: Int) -> Character {
    switch mode & 0o170000 {
    case 0o120000: "2"
    case 0o040000: "5"
    case 0o010000: "6"
    default: "0"
    }
  }

  private static func header(_ name: [UInt8], _ size: Int, _ kind: Character) -> [UInt8] {
    func octal(_ value: Int, _ width: Int) -> [UInt8] {
      let digits = String(value, radix: 8)
      return Array((String(repeating: "0", count: width - 1 - digits.count) + digits).utf8) + [0]
    }
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ at: Int, _ bytes: [UInt8]) { header.replaceSubrange(at..<(at + bytes.count), with: bytes) }
    put(0, Array(name.prefix(100)))
    put(100, octal(0o644, 8))
    put(124, octal(size, 12))
    put(136, octal(0, 12))
    put(148, Array("        ".utf8))
    put(156, Array(String(kind).utf8))
    if kind == "2" { put(157, Array("a.jpg".utf8)) }
    put(257, Array("ustar\u{0}00".utf8))
    put(148, octal(header.reduce(0) { $0 + Int($1) }, 7) + [0x20])
    return header
  }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(value >> (8 * $0) & 0xff) }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
    }
  }
}
