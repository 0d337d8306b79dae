import Platform
import Recognition

/// Classifies the files of a folder by their names.
enum ImageNameFilter {
  case image
  /// Known not to be an image; not opened.
  case other
  /// Decided by the first bytes.
  case unclear

  init(_ name: RawPath) {
    guard let end = name.fileExtension else {
      self = .unclear
      return
    }
    self = Self.images.contains(end) ? .image : Self.isOther(name, end) ? .other : .unclear
  }

  private static func isOther(_ name: RawPath, _ end: String) -> Bool {
    others.contains(end) || TFRecordReader.isNamed(name)
  }

  /// Formats of drawings, documents and radiance maps: accepted only if named by the user.
  static let namedOnly: Set<ImageFormat> = [.svg, .pdf, .ico, .hdr, .exr]

  /// Whether a file of a folder whose name is unclear is taken, by the format of its first bytes.
  static func isImage(_ format: ImageFormat?) -> Bool { format.map { !namedOnly.contains($0) } ?? false }

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
    "npy", "npz", "h5", "hdf5", "lmdb", "mdb", "parquet", "arrow", "feather", "tfrecord", "tfrecords", "tfrec", "ttf",
    "otf",
    "woff", "woff2", "tmp", "bak",
  ])
}
