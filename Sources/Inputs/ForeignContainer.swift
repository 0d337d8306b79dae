import Platform
import Recognition

/// Files that may hold many images and are not read, as far as their first bytes show what they are: they are recognised
/// before a file of gigabytes is read.
enum ForeignContainer {
  /// Returns what a file is and how to get at its images, as the rest of a sentence after `this is`; nil if it is none of
  /// these.
  static func text(_ head: [UInt8]) -> String? {
    if let conversion = kinds.first(where: { head.starts(with: $0.magic) })?.conversion {
      return "a file in the \(conversion.kind) format, which is not read; \(conversion.text)"
    }
    if StreamContent.isArchive(head), let tool = unpackers.first(where: { head.starts(with: $0.magic) })?.tool {
      return "a compressed file; \(tool) FILE | imgrec scan - reads what is in it"
    }
    // A zip or tar by another name, or a file of an office program.
    return StreamContent.isArchive(head) ? "an archive under another name; imgrec scan - < FILE reads it" : nil
  }

  /// Returns the failure of a file that the user named; nil if its name is that of an image, or its bytes are none of these.
  static func failure(_ path: RawPath) -> Failure? {
    guard ImageNameFilter(path) != .image, let head = StreamContent.head(of: path), let text = text(head) else {
      return nil
    }
    return Failure(.walk, .unsupported, "this is \(text)")
  }

  private static let unpackers: [(magic: [UInt8], tool: String)] = [
    ([0x1f, 0x8b, 8], "gzip -dc"), (Array("BZh".utf8), "bzip2 -dc"), ([0xfd] + Array("7zXZ".utf8) + [0], "xz -dc"),
    ([0x28, 0xb5, 0x2f, 0xfd], "zstd -dc"),
  ]

  private static let kinds: [(magic: [UInt8], conversion: Conversion)] = [
    (Array("PAR1".utf8), .parquet), (Array("ARROW1".utf8), .arrow), (Array("FEA1".utf8), .arrow),
    ([0x89] + Array("HDF\r\n\u{1a}\n".utf8), .hdf5), ([0x93] + Array("NUMPY".utf8), .numpy),
    (Array("7z".utf8) + [0xbc, 0xaf, 0x27, 0x1c], .sevenZip), (Array("Rar!\u{1a}\u{7}".utf8), .rar),
  ]
}
