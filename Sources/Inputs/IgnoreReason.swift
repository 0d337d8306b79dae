import Platform
import Recognition

/// Reason why a walk passes over an entry.
///
/// The raw value is the kind under which it is counted; no extension has it, so that kinds of both sorts stay apart.
public enum IgnoreReason: String, Sendable, CaseIterable {
  case glob = "--glob"
  case exclude = "--exclude"
  case depth = "--max-depth"
  /// Neither the name nor the first bytes are those of an image. Counted by extension.
  case notAnImage = ""
  case hidden = "hidden"
  /// A link to a folder that is not followed, or a link in an archive.
  case link = "links"
  /// A folder that was reached before, by another path.
  case visited = "visited folders"
  /// A folder into which the run writes pictures.
  case outputFolder = "output folders"
  /// Its first bytes are needed and cannot be read.
  case unreadable = "unreadable"
  /// A record of a container that holds no image.
  case noPicture = "records without a picture"
  /// A record of a container with samples that cannot be made an image.
  case samples = "raw samples"

  public var description: String {
    switch self {
    case .notAnImage: "not an image"
    case .glob: "does not match --glob"
    case .exclude: "excluded by --exclude"
    case .depth: "below --max-depth"
    case .hidden: "hidden"
    case .link: "a link that is not followed"
    case .visited: "the folder was visited before"
    case .outputFolder: "the run writes into it"
    case .unreadable: "cannot be read, and its name does not say what it is"
    case .noPicture: "the record holds no picture"
    case .samples: "raw samples of unknown size, or not of 8 bits"
    }
  }

  /// The kind under which the entry at `path` is counted.
  func kind(of path: RawPath) -> String {
    guard self == .notAnImage else { return rawValue }
    // Of a shard the extension has the shard's number.
    if TFRecordReader.isNamed(path) { return "tfrecord" }
    guard let end = path.fileExtension else { return "no extension" }
    return Self.isPlain(end) ? end : IgnoredKinds.other
  }

  /// Whether an extension is fit to be shown: short, of ASCII letters and digits, and not one of the kinds above.
  private static func isPlain(_ end: String) -> Bool {
    end.utf8.count <= 12 && IgnoreReason(rawValue: end) == nil
      && end.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
  }
}
