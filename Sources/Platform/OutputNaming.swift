import Foundation

/// The inputs as the user named them, for the names of files that are written per input.
///
/// An output folder repeats the tree below a named folder or archive, never an absolute path.
public struct InputTree: Sendable {
  private let roots: [RawPath]
  private let current: RawPath

  private static let slash = UInt8(ascii: "/")

  /// `roots` are the inputs of the command line, in any order.
  public init(roots: [RawPath]) {
    // The longest match counts.
    self.roots = roots.map(Self.trimmed).sorted { $0.bytes.count > $1.bytes.count }
    current = RawPath(FileManager.default.currentDirectoryPath)
  }

  /// The part of `input` that an output folder repeats: its path below the named folder, the name of a named file.
  ///
  /// For a path from a list it is the path below the current folder. A path outside of that gets the name of its folder
  /// and eight digits of the folder's SHA-256, so that equal names from different folders stay apart.
  public func relative(_ input: RawPath) -> RawPath {
    let path = Self.trimmed(input)
    for root in roots {
      if path == root { return RawPath(path.lastComponent) }
      if root.bytes.isEmpty || root == RawPath(".") { continue }
      if let below = Self.below(root, path) { return Self.inside(below) }
    }
    if path.isAbsolute {
      return Self.below(current, path).map(Self.inside) ?? Self.outside(path)
    }
    let leaves = path.bytes.split(separator: Self.slash).contains { $0.elementsEqual("..".utf8) }
    return leaves ? Self.outside(path) : Self.inside(path.bytes[...])
  }

  private static func below(_ root: RawPath, _ path: RawPath) -> ArraySlice<UInt8>? {
    let prefix = root.bytes.last == slash ? root.bytes : root.bytes + [slash]
    return path.bytes.starts(with: prefix) ? path.bytes[prefix.count...] : nil
  }

  private static func inside(_ bytes: ArraySlice<UInt8>) -> RawPath {
    let parts = bytes.split(separator: slash).filter { !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    return RawPath(Array(parts.joined(separator: [slash])))
  }

  private static func outside(_ path: RawPath) -> RawPath {
    let name = path.lastComponent
    let folder = path.bytes.dropLast(name.count)
    let last = inside(folder).lastComponent
    let digits = hexadecimal(Digest.of(folder).prefix(4))
    return RawPath((last.isEmpty ? Array("root".utf8) : Array(last)) + Array("-\(digits)/".utf8) + name)
  }

  private static func trimmed(_ path: RawPath) -> RawPath {
    var bytes = path.bytes[...]
    while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
    while bytes.starts(with: Array("./".utf8)), bytes.count > 2 { bytes = bytes.dropFirst(2).drop { $0 == slash } }
    return RawPath(bytes)
  }
}

extension RawPath {
  /// Longest name of an output in bytes: that of common file systems, less room for the number of
  /// `AtomicFile.commit(.rename)`.
  private static let longestName = 255 - 6

  /// The path with every name that is too long for a file system cut. A cut name keeps its extension and gets 16 digits
  /// of its SHA-256, so that two long names stay apart.
  public func fittingFileSystems() -> RawPath {
    guard bytes.count > Self.longestName else { return self }
    let slash = UInt8(ascii: "/")
    let parts = bytes.split(separator: slash, omittingEmptySubsequences: false).map(Self.fitting)
    return RawPath(Array(parts.joined(separator: [slash])))
  }

  private static func fitting(_ name: ArraySlice<UInt8>) -> [UInt8] {
    guard name.count > longestName else { return Array(name) }
    let dot = name.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
    let ending = name.endIndex - dot <= 16 ? name[dot...] : []
    let digest = Array("-\(hexadecimal(Digest.of(name).prefix(8)))".utf8)
    var stem = name.prefix(longestName - digest.count - ending.count)
    // Not in the middle of a character of UTF-8.
    if let next = name[stem.endIndex...].first, next & 0xC0 == 0x80 {
      while let last = stem.last, last & 0xC0 == 0x80 { stem.removeLast() }
      if stem.last.map({ $0 >= 0xC0 }) == true { stem.removeLast() }
    }
    return Array(stem) + digest + ending
  }
}
