import Platform

/// The name of a container's member in the records.
///
/// It never leads out of the container: without leading slashes, `.` and empty parts, and with `__` for each `..`, so
/// that `ARCHIVE/NAME` is not taken for a file beside the archive and two members of one name below and above stay apart.
enum MemberName {
  /// Returns the cleaned form of `name`; `member-NUMBER` if nothing is left, or if it has none.
  static func cleaned(_ name: some Collection<UInt8>, number: Int) -> RawPath {
    var parts: [[UInt8]] = []
    for part in name.split(separator: UInt8(ascii: "/")) {
      if part.elementsEqual(".".utf8) { continue }
      parts.append(part.elementsEqual("..".utf8) ? Array("__".utf8) : Array(part))
    }
    return parts.isEmpty ? RawPath("member-\(number)") : RawPath(parts.joined(separator: [UInt8(ascii: "/")]))
  }

  /// Returns the name of a member that has an index in place of a name: from 0, with at least `digits` digits.
  static func numbered(_ index: Int, digits: Int) -> RawPath {
    let text = String(index)
    return RawPath(String(repeating: "0", count: max(0, digits - text.utf8.count)) + text)
  }

  /// Returns the key of a sample in a WebDataset: the name as it is in the tar, up to the first dot of its last part, so
  /// that `a/17.left.jpg`, `a/17.right.jpg` and `a/17.json` have one. nil for a name without one.
  static func sampleKey(_ name: UnsafeRawBufferPointer) -> RawPath? {
    let last = (name.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
    guard let dot = name[last...].firstIndex(of: UInt8(ascii: ".")), dot > last else { return nil }
    return RawPath(name[..<dot])
  }
}
