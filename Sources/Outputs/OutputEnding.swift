import Platform

/// What the ending of a file's name says about the format of the records in it.
public enum OutputEnding: Equatable, Sendable {
  case format(OutputFormat)
  /// A format that is not written, and what to do instead if that is not to choose another.
  case unwritten(String, advice: String?)

  /// nil if the ending says nothing, as ".txt" and ".log", or if the name has no ending.
  public init?(_ path: RawPath) {
    guard let ending = path.fileExtension else { return nil }
    if let known = OutputFormat.endings.first(where: { $0.ending == ending }) {
      self = .format(known.format)
    } else if ["gz", "zst", "xz", "bz2", "lz4", "zip"].contains(ending) {
      let name = path.description
      self = .unwritten(ending, advice: "Pipe the records into a compressor: imgrec scan ... | gzip > \(name)")
    } else if Self.pictures.contains(ending) {
      self = .unwritten(ending, advice: "For pictures with the findings drawn on them use --annotate FOLDER.")
    } else if ["npy", "npz"].contains(ending) {
      self = .unwritten(ending, advice: "For an array of vectors use --task embed --npy FILE.npy.")
    } else if ["html", "htm"].contains(ending) {
      self = .unwritten(ending, advice: "For text with its positions use --task text --format hocr.")
    } else if Self.others.contains(ending) {
      self = .unwritten(ending, advice: nil)
    } else {
      return nil
    }
  }

  /// Endings of pictures.
  public static let pictures: Set<String> = ["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp"]
  private static let others: Set<String> = [
    "parquet", "arrow", "feather", "avro", "orc", "tsv", "xls", "xlsx", "ods", "xml", "yaml", "yml", "toml", "md",
    "pdf", "db", "sqlite", "sqlite3", "duckdb", "h5", "hdf5", "pkl", "pickle", "protobuf", "msgpack",
    "tfrecord",
  ]
}

extension OutputFormat {
  /// The endings of file names that choose a format.
  public static let endings: [(ending: String, format: OutputFormat)] = [
    ("jsonl", .jsonl), ("ndjson", .jsonl), ("json", .json), ("csv", .csv), ("hocr", .hocr),
  ]
}
