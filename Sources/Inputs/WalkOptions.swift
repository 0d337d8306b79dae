import Platform
import Recognition
import Synchronization

/// What of the folders is taken.
public struct WalkOptions: Sendable {
  /// Files must match one of these, where there are any.
  public var include: [Glob] = []
  /// Files and folders that match one of these are left out.
  public var exclude: [Glob] = []
  /// Names that begin with a dot.
  public var hidden = false
  /// Go through links to folders. Links to files are always taken.
  public var follow = false
  /// 1: only what is in the named folders themselves.
  public var maxDepth: Int?
  /// Inputs at most.
  public var limit: Int?
  /// Bytes of an archive's member at most.
  public var maxFileSize = 256 << 20

  public init() {}

  /// Whether the globs let a file pass; `path` is below the root. In an archive no folders were left out before.
  func selects(_ path: ArraySlice<UInt8>, isArchived: Bool = false) -> Bool {
    guard !include.isEmpty || !exclude.isEmpty else { return true }
    if exclude.contains(where: { !$0.foldersOnly && $0.matches(path) }) { return false }
    if isArchived {
      for index in path.indices where path[index] == UInt8(ascii: "/") {
        if exclude.contains(where: { $0.matches(path[..<index]) }) { return false }
      }
    }
    return include.isEmpty || include.contains { !$0.foldersOnly && $0.matches(path) }
  }
}

/// Where the names of inputs come from.
public enum InputSource {
  /// A file or a folder.
  case path(RawPath)
  /// Many of them.
  case list(PathList)
}

/// Counts that can be read while the walk is elsewhere.
public final class WalkTally: Sendable {
  private let count = Atomic<Int>(0)

  init() {}

  /// Entries of folders that were no images.
  public var ignored: Int { count.load(ordering: .relaxed) }

  func ignore() { count.add(1, ordering: .relaxed) }
}

/// Tells by their names which files of a folder are images.
enum ImageNameFilter {
  case image
  /// Known to be something else; not opened.
  case other
  /// Only its bytes can tell.
  case unclear

  init(_ name: RawPath) {
    guard let end = name.fileExtension else {
      self = .unclear
      return
    }
    self = Self.images.contains(end) ? .image : Self.others.contains(end) ? .other : .unclear
  }

  /// Formats of drawings, documents and radiance maps: taken only when named.
  static let namedOnly: Set<ImageFormat> = [.svg, .pdf, .ico, .hdr, .exr]

  private static let images = Set(
    ImageFormat.allCases.filter { !namedOnly.contains($0) }.flatMap(\.extensions))

  private static let others = Set(namedOnly.flatMap(\.extensions)).union([
    "txt", "md", "rst", "log", "csv", "tsv", "json", "jsonl", "ndjson", "xml", "yaml", "yml", "toml", "ini", "cfg",
    "conf", "html", "htm", "css", "js", "mjs", "ts", "jsx", "tsx", "map", "py", "pyc", "rb", "go", "rs", "c", "h",
    "cc", "cpp", "hpp", "m", "swift", "java", "class", "jar", "kt", "sh", "bat", "ps1", "sql", "lock",
    "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "epub", "tex", "eps", "ps", "xmp",
    "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "mp3", "wav", "flac", "ogg", "opus",
    "m4a", "aac", "wma", "srt",
    "zip", "tar", "gz", "tgz", "bz2", "tbz2", "xz", "txz", "zst", "tzst", "7z", "rar", "cbz", "cbr", "iso", "dmg",
    "deb", "rpm", "whl",
    "o", "a", "so", "dylib", "dll", "exe", "bin", "dat", "db", "sqlite", "sqlite3", "pt", "pth", "onnx", "pb",
    "npy", "npz", "h5", "parquet", "ttf", "otf", "woff", "woff2", "tmp", "bak",
  ])
}
