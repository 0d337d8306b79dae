import Platform

/// Relative URLs from the folder of a page to files.
public struct PageLinks {
  /// Components of the page's folder, without links.
  private let folder: [ArraySlice<UInt8>]
  /// Folder to which relative paths refer.
  private let root: RawPath
  private var known: [ArraySlice<UInt8>: String] = [:]

  /// `page` is the path of the page, whose folder exists; `root` the absolute folder to which relative paths refer.
  public init(page: RawPath, root: RawPath) {
    folder = Self.components(page.parent.resolvedAsFarAsItExists)
    self.root = root
  }

  /// The URL of the folder of `path`, with a slash at its end. It begins with a dot, so that no name in it is taken for a
  /// scheme. Links on the way to the folder are resolved, as a browser removes `..` without looking at the disk.
  public mutating func folder(of path: RawPath) -> String {
    let prefix = path.bytes.dropLast(path.lastComponent.count)
    if let known = known[prefix] { return known }
    let named = path.isAbsolute ? RawPath(prefix) : root.appending(prefix)
    let target = Self.components(named.resolvedAsFarAsItExists)
    let shared = zip(folder, target).prefix { $0 == $1 }.count
    let up = folder.count - shared
    var url = up == 0 ? "./" : String(repeating: "../", count: up)
    for component in target[shared...] { url += Self.encoded(component) + "/" }
    known[prefix] = url
    return url
  }

  /// The bytes of a name in a URL: all but letters, digits and `-._~` as percent and two digits (RFC 3986).
  public static func encoded(_ name: some Sequence<UInt8>) -> String {
    var url: [UInt8] = []
    for byte in name {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: url.append(byte)
      default: url += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: url, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  private static func components(_ path: RawPath) -> [ArraySlice<UInt8>] {
    path.bytes.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
  }
}
