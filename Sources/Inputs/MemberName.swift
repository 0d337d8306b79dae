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
}
