import CArchive
import Platform
import Recognition

/// The names of the members of a shard that imgrec wrote, without their bytes.
public enum ContainerNames {
  /// Calls `visit` with the name of each member of the tar at `path`.
  public static func visitTar(_ path: RawPath, _ visit: (RawPath) -> Void) throws(Failure) {
    let descriptor = try LongPath.openForReading(path)
    defer { close(descriptor) }
    guard carchive_is_available() != 0, let reader = carchive_open(descriptor, nil, 0) else {
      throw Failure(.walk, .unsupported, "archives need libarchive, which is not installed")
    }
    defer { carchive_close(reader) }
    while true {
      var member = carchive_member()
      switch carchive_next(reader, &member) {
      case carchive_ok:
        guard let name = member.name else { continue }
        visit(RawPath(UnsafeRawBufferPointer(start: name, count: strlen(name))))
      case carchive_end: return
      default: throw Failure(.walk, .corrupt, String(cString: carchive_message(reader)))
      }
    }
  }

  /// Calls `visit` with each key of the LMDB database in the file at `path`.
  public static func visitLMDB(_ path: RawPath, _ visit: (RawPath) -> Void) throws(Failure) {
    var tree = LMDBTree(try LMDBFile(path))
    while let entry = tree.next() { if let key = entry.keys.last { visit(RawPath(key.bytes)) } }
    guard tree.damaged == 0 else { throw Failure(.walk, .corrupt, tree.firstDamage) }
  }

  /// Calls `visit` with the `image/filename` of each record of the TFRecord file at `path`, which is the first feature.
  public static func visitTFRecord(_ path: RawPath, _ visit: (RawPath) -> Void) throws(Failure) {
    let descriptor = try LongPath.openForReading(path)
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure(.walk, errno: errno) }
    let end = Int(status.st_size)
    var offset = 0
    var head = [UInt8](repeating: 0, count: 64 << 10)
    while offset < end {
      let got = retrying { pread(descriptor, &head, head.count, off_t(offset)) }
      let start = head.prefix(max(0, got))
      guard let header = TFRecordHeader(start), end - offset >= 16, header.length <= UInt64(end - offset - 16) else {
        throw Failure(.walk, .corrupt, "the record at byte \(offset) is damaged")
      }
      let length = Int(header.length)
      if let name = filename(start.dropFirst(TFRecordHeader.byteCount).prefix(length)) { visit(name) }
      offset += 16 + length
    }
  }

  /// The value of the first feature, if that is `image/filename`.
  private static func filename(_ message: ArraySlice<UInt8>) -> RawPath? {
    let key = Array("image/filename".utf8)
    var at = message.startIndex
    func length(_ tag: UInt8) -> Int? {
      guard at < message.endIndex, message[at] == tag else { return nil }
      at += 1
      var value = 0
      for shift in stride(from: 0, to: 35, by: 7) {
        guard at < message.endIndex else { return nil }
        let byte = message[at]
        at += 1
        value |= Int(byte & 0x7f) << shift
        if byte < 0x80 { return value }
      }
      return nil
    }
    // Example, entry of the map, key.
    guard length(0x0a) != nil, length(0x0a) != nil, length(0x0a) == key.count, message[at...].starts(with: key) else {
      return nil
    }
    at += key.count
    // Feature, list, value.
    guard length(0x12) != nil, length(0x0a) != nil, let count = length(0x0a), count <= message.endIndex - at else {
      return nil
    }
    return RawPath(message[at..<at + count])
  }
}
