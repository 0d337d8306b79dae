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
  private let tree: InputTree

  /// `roots` are the inputs as named on the command line: a folder's tree begins below it.
  public init(target: Target, kind: EncodedFormat?, roots: [RawPath]) {
    self.target = target
    self.kind = kind
    tree = InputTree(roots: roots)
  }

  /// The output path and format of `input`; a nil path is standard output.
  public func output(for input: RawPath) -> (path: RawPath?, kind: EncodedFormat) {
    switch target {
    case .standardOutput(let kind): return (nil, kind)
    case .file(let path, let kind): return (path, kind)
    case .folder(let folder):
      let below = tree.relative(input)
      let own = EncodedFormat.allCases.first { kind in
        below.fileExtension.map { Self.endings(kind).contains($0) } ?? false
      }
      let kind = self.kind ?? own ?? .png
      let name = RawPath(own == kind ? below.bytes : Self.stem(below) + Array(".\(kind.fileExtension)".utf8))
      return (folder.appending(name.fittingFileSystems().bytes), kind)
    }
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
    let isImage = path.fileExtension.map { end in ImageFormat.allCases.contains { $0.extensions.contains(end) } }
    return isImage == true ? Array(path.stem) : path.bytes
  }
}
