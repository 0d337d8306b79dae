import Platform
import Recognition

/// What a stream holds, by its first bytes: standard input may be a list of paths, images or an archive.
enum StreamContent: Equatable {
  case paths(PathList.Form)
  case image(ImageFormat)
  case archive
  /// A TFRecord file.
  case records
  /// None of them; the text says what it may be.
  case other(String)

  /// Bytes that are needed at most: the magic of a tar ends at byte 263, and formats are recognised by 512.
  static let headLength = 512

  init(
    _ head: [UInt8], separator: PathList.Separator, sniff: (UnsafeRawBufferPointer) -> ImageFormat?
  ) {
    let head = Array(head.prefix(Self.headLength))
    // First: its checksum leaves no doubt, and the length of a record may begin like an image.
    if TFRecordForm(head) != nil {
      self = .records
    } else if let format = head.withUnsafeBytes(sniff) {
      self = .image(format)
    } else if Self.isArchive(head) {
      self = .archive
    } else if head.starts(with: [0xff, 0xfe, 0, 0]) || head.starts(with: [0, 0, 0xfe, 0xff]) {
      self = .other("a list in UTF-32, which is not read; iconv -f UTF-32 -t UTF-8 converts it")
    } else if let records = Self.records(head) {
      self = .other("\(records), not a list of paths")
    } else if LMDBMeta.begins(head) {
      self = .other("an LMDB database, which is read by its pages in any order; name its file")
    } else if let text = ForeignContainer.text(head) {
      self = .other(text)
    } else if head.withUnsafeBytes(VideoSignature.matches) {
      self = .other("a video, which is not read; \(Conversion.video.text)")
    } else if let form = PathList.Form(head, separator: separator) {
      self = .paths(form)
    } else {
      self = .other("neither a list of paths, nor an image, nor an archive that is read")
    }
  }

  /// Names the records or the JSON that begin with `head`, and the command that prints their paths; nil for others.
  private static func records(_ head: [UInt8]) -> String? {
    let text = head.drop { $0 <= 0x20 }
    let second = text.dropFirst().first { $0 > 0x20 }
    switch (text.first, second) {
    case (UInt8(ascii: "{"), UInt8(ascii: "\"")): return "JSON (jq -r .path prints the paths of records)"
    case (UInt8(ascii: "["), UInt8(ascii: "{")): return "JSON (jq -r '.[].path' prints the paths of records)"
    case (UInt8(ascii: "["), UInt8(ascii: "\"")): return "JSON (jq -r '.[]' prints the strings of an array)"
    case (UInt8(ascii: "p"), _):
      guard head.starts(with: "path,status,format,".utf8) else { return nil }
      return "a table of records (--format paths writes a list)"
    default: return nil
    }
  }

  /// Whether more than `head` is needed to see what a stream holds. A line of text is enough, so that paths are processed
  /// as they arrive.
  static func needsMore(_ head: [UInt8], separator: PathList.Separator) -> Bool {
    guard head.count < headLength else { return false }
    let isText = !head.contains { $0 < 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }
    switch separator {
    case .newline: return !(isText && head.contains(UInt8(ascii: "\n")))
    case .nul: return !head.contains(0)
    }
  }

  /// The first bytes of the file at `path`; nil if it cannot be read.
  static func head(of path: RawPath) -> [UInt8]? {
    guard case .descriptor(let file) = LongPath.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return nil }
    defer { close(file) }
    var head = [UInt8](repeating: 0, count: headLength)
    let got = retrying { pread(file, &head, head.count, 0) }
    return got < 0 ? nil : Array(head.prefix(got))
  }

  /// Whether these are the first bytes of a zip or tar, or of compressed data, in which a tar may be.
  static func isArchive(_ head: [UInt8]) -> Bool {
    let magics: [[UInt8]] = [
      [0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6], [0x1f, 0x8b, 8], [0x42, 0x5a, 0x68], [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
      [0x28, 0xb5, 0x2f, 0xfd],
    ]
    // "BZh" begins a name as well; bzip2 continues with the level and the magic of a block or of the end.
    let isBzip2 = head.count > 9 && [0x31, 0x17].contains(head[4])
    return magics.contains { head.starts(with: $0) && ($0 != magics[3] || isBzip2) } || isTar(head)
  }

  /// Whether this is the header of a tar: the sum of its bytes is in it, whatever the variant.
  private static func isTar(_ head: [UInt8]) -> Bool {
    guard head.count == 512, head[0] != 0 else { return false }
    let field = head[148..<156].drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard !field.isEmpty else { return false }
    let stated = field.reduce(0) { $0 * 8 + Int($1 - 0x30) }
    let sum = head.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(head[$1])) }
    return sum == stated
  }
}
