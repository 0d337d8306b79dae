/// A box of a file in the ISO base media format.
struct ISOBox {
  /// Maximum number of boxes that are read of one list.
  private static let maximum = 1 << 16

  let kind: String
  /// What follows the kind; of a full box with version and flags.
  let body: ByteReader
  /// Whether the box extends past the end of what holds it.
  let isCut: Bool

  /// Full boxes only.
  var version: Int { body.u8(0) ?? 0 }
  var flags: Int { (body.be32(0) ?? 0) & 0xFFFFFF }

  /// The boxes one after another in `file`.
  static func all(in file: ByteReader, limit: Int = maximum) -> [ISOBox] {
    var boxes: [ISOBox] = []
    var at = 0
    while boxes.count < limit, let box = next(in: file, &at) { boxes.append(box) }
    return boxes
  }

  /// The first box of a kind.
  static func first(_ kind: String, in file: ByteReader) -> ISOBox? {
    var at = 0
    while let box = next(in: file, &at) {
      if box.kind == kind { return box }
    }
    return nil
  }

  /// The body of the first box of the last of `kinds`, in the first box of the kind before it, and so on.
  static func body(of kinds: String..., in file: ByteReader) -> ByteReader? {
    var body = file
    for kind in kinds {
      guard let box = first(kind, in: body) else { return nil }
      body = box.body
    }
    return body
  }

  private static func next(in file: ByteReader, _ at: inout Int) -> ISOBox? {
    guard let stated = file.be32(at), let kind = name(file, at: at + 4) else { return nil }
    var (start, size) = (at + 8, stated)
    if stated == 1 {
      guard let large = file.number(at + 8, size: 8, bigEndian: true) else { return nil }
      (start, size) = (at + 16, large)
    } else if stated == 0 {
      size = file.count - at
    }
    guard size >= start - at else { return nil }
    let isCut = size > file.count - at
    let end = isCut ? file.count : at + size
    at = end
    return ISOBox(kind: kind, body: file[start..<end], isCut: isCut)
  }

  static func name(_ file: ByteReader, at offset: Int) -> String? {
    guard offset >= 0, offset <= file.count - 4 else { return nil }
    return String(decoding: file.bytes[offset..<offset + 4], as: UTF8.self)
  }
}
