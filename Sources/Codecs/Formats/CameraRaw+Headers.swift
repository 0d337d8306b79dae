import Recognition

/// Raw files in containers of their own: Fujifilm, Sigma, Minolta, and Canon's of two ages.
extension CameraRaw {
  /// Fujifilm: a header with offsets, and the camera's JPEG with its EXIF data.
  mutating func readRAF(_ file: ByteReader) {
    kind = .raf
    guard let start = file.be32(84), let length = file.be32(88) else { return }
    add(start, length)
    let jpeg = file[start..<start + length]
    orientation = Exif.orientation(jpeg: jpeg)
    guard let directory = file.be32(92), let count = file.be32(directory) else { return }
    if let data = file.be32(100), let size = file.be32(104) { isCut = data + size > file.count }
    var at = directory + 4
    for _ in 0..<min(count, 256) {
      guard let tag = file.be16(at), let size = file.be16(at + 2) else { return }
      // The picture without the sensor's borders: height, width.
      if tag == 0x111, size == 4 { setSize(file.be16(at + 6), file.be16(at + 4)) }
      at += 4 + size
    }
  }

  /// Sigma: sections, of which some are JPEGs.
  mutating func readX3F(_ file: ByteReader) {
    kind = .x3f
    // Since version 4 the fields are behind longer names.
    let at = (file.le16(6) ?? 0) >= 4 ? 40 : 28
    setSize(file.le32(at), file.le32(at + 4))
    orientation = file.le32(at + 8).flatMap(Self.orientation(degrees:))
    guard let list = file.number(file.count - 4, size: 4, bigEndian: false), file.has("SECd", at: list),
      let count = file.le32(list + 8)
    else {
      isCut = true
      return
    }
    for entry in 0..<min(count, 64) {
      let at = list + 12 + entry * 12
      guard let offset = file.le32(at), let length = file.le32(at + 4) else { return }
      let isImage = file.has("IMA2", at: at + 8) || file.has("IMAG", at: at + 8)
      guard isImage, file.has("SECi", at: offset), length > 28 else { continue }
      // 18 is JPEG.
      if file.le32(offset + 12) == 18 { add(offset + 28, length - 28) }
    }
  }

  /// Minolta: blocks, of which one is a TIFF stream. The first byte of its preview is overwritten, so that it is no JPEG.
  mutating func readMRW(_ file: ByteReader) {
    guard let length = file.be32(4) else { return }
    var at = 8
    for _ in 0..<16 {
      guard at < min(length + 8, file.count), let size = file.be32(at + 4) else { break }
      if file.has("\0PRD", at: at) { setSize(file.be16(at + 22), file.be16(at + 20)) }
      if file.has("\0TTW", at: at), let stream = TIFFStream(file[at + 8..<at + 8 + size]) { read(stream, base: at + 8) }
      at += 8 + size
    }
    kind = .mrw
    isCut = length > file.count
  }

  /// Phase One: a list of fields beside the directories of TIFF, which have a thumbnail only.
  mutating func readIIQ(_ file: ByteReader) {
    kind = .iiq
    let isBig = file.has("MM")
    func number(_ at: Int) -> Int? { file.number(at, size: 4, bigEndian: isBig) }
    guard let start = number(16), let count = number(8 + start) else { return }
    var fields: [Int: Int] = [:]
    for entry in 0..<min(count, 256) {
      let at = 16 + start + entry * 16
      guard let tag = number(at), let value = number(at + 12) else { break }
      fields[tag] = fields[tag] ?? value
    }
    // The picture's size within the sensor's, and the turn.
    setSize(fields[0x10C], fields[0x10D])
    setSize(fields[0x108], fields[0x109])
    orientation = fields[0x100].flatMap { Orientation(rawValue: [1, 8, 6, 3][$0 & 3]) }
    // The field of the sensor's data: offset from the beginning of the list, and length.
    if let data = fields[0x10F] { isCut = 8 + data > file.count }
  }

  /// Canon's CRW: heaps of records, whose list is at the end of each.
  mutating func readCRW(_ file: ByteReader) {
    kind = .crw
    guard let start = file.number(2, size: 4, bigEndian: file.has("MM")), start <= file.count else {
      isCut = true
      return
    }
    var visited = 0
    readHeap(file, start..<file.count, depth: 0, &visited)
  }

  private mutating func readHeap(_ file: ByteReader, _ heap: Range<Int>, depth: Int, _ visited: inout Int) {
    let isBig = file.has("MM")
    func number(_ at: Int, _ size: Int) -> Int? { file.number(at, size: size, bigEndian: isBig) }
    visited += 1
    guard depth < 4, visited < 64, heap.count >= 4, let list = number(heap.upperBound - 4, 4), list <= heap.count,
      let count = number(heap.lowerBound + list, 2)
    else {
      isCut = isCut || depth == 0
      return
    }
    for entry in 0..<min(count, 1024) {
      let at = heap.lowerBound + list + 2 + entry * 10
      guard let tag = number(at, 2), let size = number(at + 2, 4), let offset = number(at + 6, 4) else { return }
      let start = heap.lowerBound + offset
      // The highest bits say where a value is; 0: in the heap.
      guard tag & 0xC000 == 0, start <= heap.upperBound, size <= heap.upperBound - start else { continue }
      switch tag & 0x3FFF {
      case 0x2007, 0x2008: add(start, size)
      case 0x1810:
        setSize(number(start, 4), number(start + 4, 4))
        orientation = number(start + 12, 4).flatMap(Self.orientation(degrees:))
      case let kind where kind & 0x3800 == 0x2800 || kind & 0x3800 == 0x3000:
        readHeap(file, start..<start + size, depth: depth + 1, &visited)
      default: break
      }
    }
  }

  /// Canon's CR3: boxes of ISO media, with TIFF directories and JPEGs in them.
  mutating func readCR3(_ file: ByteReader) {
    kind = .cr3
    for box in ISOBox.all(in: file, limit: 64) {
      isCut = isCut || box.isCut
      switch box.kind {
      case "moov": readMovie(box.body, of: file)
      case "uuid":
        // Identifier and 8 bytes of unknown meaning before the preview's box: 16 bytes of fields and the JPEG.
        if let preview = ISOBox.first("PRVW", in: box.body[from: 24]), let length = preview.body.be32(12) {
          add(preview.body.offset(in: file) + 16, length)
        }
      default: break
      }
    }
  }

  private mutating func readMovie(_ movie: ByteReader, of file: ByteReader) {
    for box in ISOBox.all(in: movie, limit: 64) {
      if box.kind == "uuid" {
        for field in ISOBox.all(in: box.body[from: 16], limit: 64) {
          // The directories of the picture and of its EXIF data.
          guard field.kind == "CMT1" || field.kind == "CMT2", let stream = TIFFStream(field.body),
            let directory = stream.directory(at: stream.firstDirectory)
          else { continue }
          if field.kind == "CMT1" { orientation = directory[.orientation].flatMap(Orientation.init(rawValue:)) }
          setSize(
            directory[field.kind == "CMT1" ? .imageWidth : .exifWidth],
            directory[field.kind == "CMT1" ? .imageLength : .exifHeight])
        }
      } else if box.kind == "trak" {
        addTrack(box.body)
      }
    }
  }

  /// The first sample of a track, which is a JPEG or the sensor's data.
  private mutating func addTrack(_ track: ByteReader) {
    guard let table = ISOBox.body(of: "mdia", "minf", "stbl", in: track),
      let sizes = ISOBox.first("stsz", in: table)?.body, let size = sizes.be32(4)
    else { return }
    let length = size > 0 ? size : sizes.be32(12)
    if let offsets = ISOBox.first("co64", in: table)?.body {
      add(offsets.number(8, size: 8, bigEndian: true), length)
    } else if let offsets = ISOBox.first("stco", in: table)?.body {
      add(offsets.be32(8), length)
    }
  }

  /// The orientation of a picture that is to be turned clockwise.
  private static func orientation(degrees: Int) -> Orientation? {
    [0: 1, 90: 6, 180: 3, 270: 8][degrees].flatMap(Orientation.init(rawValue:))
  }
}
