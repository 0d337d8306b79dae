import Recognition

/// Raw files whose EXIF data are not in directories at the beginning of the file.
extension MetadataBlocks {
  private static let canonIdentifier: [UInt8] = [
    0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48,
  ]

  /// Canon CR3: the main directory, those of EXIF and of GPS are blocks of their own.
  mutating func readCR3(_ file: ByteReader) {
    var directories: [String: ExifDirectory] = [:]
    for box in ISOBox.all(in: file) {
      if box.kind == "moov" {
        for inner in ISOBox.all(in: box.body) where inner.kind == "uuid" {
          guard inner.body.starts(with: Self.canonIdentifier) else { continue }
          for block in ISOBox.all(in: inner.body[from: 16]) where block.kind.hasPrefix("CMT") {
            if directories[block.kind] == nil { directories[block.kind] = ExifBlock(block.body)?.main }
          }
        }
      } else if box.kind == "uuid", box.body.starts(with: Self.xmpIdentifier) {
        addXMP(box.body[from: 16])
      }
    }
    add(ExifFields(main: directories["CMT1"], exif: directories["CMT2"], gps: directories["CMT4"]))
  }

  /// Fujifilm RAF: the EXIF data are those of the embedded JPEG.
  mutating func readRAF(_ file: ByteReader) {
    guard let start = file.be32(84), let length = file.be32(88) else { return }
    let preview = file[from: start][0..<length]
    if preview.starts(with: [0xFF, 0xD8, 0xFF]) { readJPEG(preview) }
  }

  /// Minolta MRW: blocks with a name of four bytes and a length.
  mutating func readMRW(_ file: ByteReader) {
    guard let length = file.be32(4) else { return }
    var at = 8
    while at < 8 + length, let size = file.be32(at + 4) {
      if file.has("\0TTW", at: at) { return addEXIF(file[at + 8..<at + 8 + size]) }
      at += 8 + size
    }
  }

  /// Sections that are read of an X3F.
  private static let maxSections = 256

  /// Sigma X3F: the embedded JPEG of newer cameras has EXIF data. The list of sections is at the end.
  mutating func readX3F(_ file: ByteReader) {
    guard let list = file.le32(file.count - 4), file.has("SECd", at: list), let count = file.le32(list + 8) else {
      return
    }
    for index in 0..<min(count, Self.maxSections) {
      let entry = list + 12 + 12 * index
      guard let start = file.le32(entry), let length = file.le32(entry + 4) else { return }
      guard file.has("IMA", at: entry + 8), file.has("SECi", at: start) else { continue }
      let picture = file[from: start + 28][0..<max(0, length - 28)]
      if picture.starts(with: [0xFF, 0xD8, 0xFF]) { readJPEG(picture) }
    }
  }
}
