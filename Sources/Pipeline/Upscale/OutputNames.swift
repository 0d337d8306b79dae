import Codecs
import Platform
import Recognition

/// Names the output file of each input.
public struct OutputNames: Sendable {
  public enum Target: Sendable {
    /// Below a folder, in the tree of the inputs.
    case folder(RawPath)
    case file(RawPath, EncodedFormat)
    case standardOutput(EncodedFormat)
  }

  public var target: Target
  /// The format; nil: by the input's extension, PNG if that is no format that can be written.
  public var kind: EncodedFormat?
  /// The inputs as named on the command line: a folder's tree begins below it.
  public var roots: [RawPath]

  private static let slash = UInt8(ascii: "/")

  public init(target: Target, kind: EncodedFormat?, roots: [RawPath]) {
    self.target = target
    self.kind = kind
    // The longest match counts.
    self.roots = roots.map(Self.trimmed).sorted { $0.bytes.count > $1.bytes.count }
  }

  /// The output path and format of `input`; a nil path is standard output.
  public func output(for input: RawPath) -> (path: RawPath?, kind: EncodedFormat) {
    switch target {
    case .standardOutput(let kind): return (nil, kind)
    case .file(let path, let kind): return (path, kind)
    case .folder(let folder):
      let below = relative(input)
      let own = EncodedFormat.allCases.first { kind in
        below.fileExtension.map { Self.endings(kind).contains($0) } ?? false
      }
      let kind = self.kind ?? own ?? .png
      return (
        folder.appending(own == kind ? below.bytes : Self.stem(below) + Array(".\(kind.fileExtension)".utf8)), kind
      )
    }
  }

  /// The input's path below the named folder; the name of a named file; for a name from a list, its components without
  /// `..`.
  private func relative(_ input: RawPath) -> RawPath {
    let path = Self.trimmed(input)
    for root in roots {
      if path == root { return RawPath(path.lastComponent) }
      if root.bytes.isEmpty || root == RawPath(".") { continue }
      let prefix = root.bytes.last == Self.slash ? root.bytes : root.bytes + [Self.slash]
      if path.bytes.starts(with: prefix) { return Self.inside(path.bytes[prefix.count...]) }
    }
    return Self.inside(path.bytes[...])
  }

  private static func inside(_ bytes: ArraySlice<UInt8>) -> RawPath {
    let parts = bytes.split(separator: slash).filter { !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    return RawPath(Array(parts.joined(separator: [slash])))
  }

  private static func trimmed(_ path: RawPath) -> RawPath {
    var bytes = path.bytes[...]
    while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
    while bytes.starts(with: Array("./".utf8)), bytes.count > 2 { bytes = bytes.dropFirst(2).drop { $0 == slash } }
    return RawPath(bytes)
  }

  private static func endings(_ kind: EncodedFormat) -> [String] {
    switch kind {
    case .jpeg: ImageFormat.jpeg.extensions
    case .png: ["png"]
    case .webp: ImageFormat.webp.extensions
    }
  }

  /// The path without an image's extension.
  private static func stem(_ path: RawPath) -> [UInt8] {
    guard let ending = path.fileExtension, ImageFormat.allCases.contains(where: { $0.extensions.contains(ending) })
    else { return path.bytes }
    return path.bytes.dropLast(ending.utf8.count + 1)
  }
}

extension OutputNames {
  /// Inputs whose results would have one name: the first `most` such names, each with two of its inputs.
  ///
  /// Holds eight bytes per input, and walks again only if there are any.
  public func collisions(_ feed: () throws(SetupError) -> any Feed, most: Int = 3) throws(SetupError)
    -> [(output: RawPath, inputs: [RawPath])]
  {
    var hashes: [UInt64] = []
    let first = try feed()
    while let item = first.next() {
      if case .fault = item.origin { continue }
      if let path = output(for: item.path).path { hashes.append(fnv1a(path.bytes)) }
    }
    hashes.sort()
    var twice: Set<UInt64> = []
    for (a, b) in zip(hashes, hashes.dropFirst()) where a == b && twice.count < most { twice.insert(a) }
    guard !twice.isEmpty else { return [] }
    var inputs: [RawPath: [RawPath]] = [:]
    let second = try feed()
    while let item = second.next() {
      if case .fault = item.origin { continue }
      guard let path = output(for: item.path).path, twice.contains(fnv1a(path.bytes)) else { continue }
      if inputs[path, default: []].count < 2 { inputs[path, default: []].append(item.path) }
    }
    return inputs.filter { $0.value.count > 1 }.map { ($0.key, $0.value) }
      .sorted { $0.output.bytes.lexicographicallyPrecedes($1.output.bytes) }
  }
}
