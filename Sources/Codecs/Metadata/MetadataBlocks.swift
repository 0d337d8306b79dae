import CDecoders
import Recognition

/// The fields of the blocks of metadata that a file holds. EXIF precedes XMP, whatever their order in the file, and the
/// first block those after it.
struct MetadataBlocks {
  /// Blocks that are read of a file, damaged ones included.
  private static let maximum = 16

  private var exif = ExifFields()
  private var xmp = ExifFields()
  private var count = 0
  private let keepsData: Bool
  /// The first block of EXIF data, if it is kept.
  private(set) var data: [UInt8]?
  private let keepsOrientation: Bool
  /// That of the first block that states one, if it is kept.
  private(set) var orientation: Orientation?

  /// Whether another block is read.
  var hasCapacity: Bool { count < Self.maximum }

  mutating func addEXIF(_ data: ByteReader) {
    guard hasCapacity else { return }
    count += 1
    if keepsData, self.data == nil, data.count <= 1 << 20 { self.data = Array(data.bytes) }
    if keepsOrientation, orientation == nil { orientation = Exif.orientation(exif: data) }
    if let block = ExifBlock(data) { exif.complete(from: ExifFields(block)) }
  }

  mutating func add(_ fields: ExifFields) { exif.complete(from: fields) }

  mutating func addXMP(_ packet: ByteReader) {
    guard hasCapacity else { return }
    count += 1
    xmp.complete(from: ExifFields(xmp: packet))
  }

  var fields: ExifFields {
    var fields = exif
    fields.complete(from: xmp)
    return fields
  }
}

extension ExifFields {
  /// Reads what a file states about how its picture was taken. It never fails: what is damaged is left out.
  ///
  /// The container is recognised by its signature and not by `ImageFormat`: raw files of many formats share few
  /// containers, and the header of a file whose picture is broken can be read.
  public init(of bytes: UnsafeRawBufferPointer) {
    self = MetadataBlocks(of: ByteReader(bytes)).fields
  }
}

extension MetadataBlocks {
  /// Reads the blocks of a file; with `keepsData` also the bytes of the first one of EXIF, with `keepsOrientation` what it
  /// states of the orientation.
  init(of file: ByteReader, keepsData: Bool = false, keepsOrientation: Bool = false) {
    (self.keepsData, self.keepsOrientation) = (keepsData, keepsOrientation)
    if file.starts(with: [0xFF, 0xD8, 0xFF]) {
      readJPEG(file)
    } else if file.starts(with: PNG.signature) {
      readPNG(file)
    } else if file.has("RIFF"), file.has("WEBP", at: 8) {
      readWebP(file)
    } else if file.has("ftypcrx ", at: 4) {
      readCR3(file)
    } else if file.has("ftyp", at: 4) {
      readHEIF(file)
    } else if file.has("JXL ", at: 4) || file.has("jP  ", at: 4) {
      readBoxes(file)
    } else if file.has("FUJIFILMCCD-RAW") {
      readRAF(file)
    } else if file.has("\0MRM") {
      readMRW(file)
    } else if file.has("FOVb") {
      readX3F(file)
    } else if ExifBlock(file) != nil {
      readTIFF(file)
    }
  }
}

extension MetadataBlocks {
  /// Offset in a JPEG up to which a segment may begin.
  private static let maxJPEGBytes = 512 << 10

  mutating func readJPEG(_ file: ByteReader) {
    for segment in JPEGSegments(file, end: Self.maxJPEGBytes) where segment.marker == 0xE1 {
      if segment.body.has("Exif\0\0") {
        addEXIF(segment.body)
      } else if segment.body.has("http://ns.adobe.com/xap/1.0/\0") {
        addXMP(segment.body[from: 29])
      }
    }
  }

  mutating func readWebP(_ file: ByteReader) {
    var at = 12
    while let length = file.le32(at + 4) {
      let body = file[at + 8..<at + 8 + length]
      if file.has("EXIF", at: at) { addEXIF(body) }
      if file.has("XMP ", at: at) { addXMP(body) }
      at += 8 + length + (length & 1)
    }
  }

  /// A TIFF file, or a raw file with its directories.
  mutating func readTIFF(_ file: ByteReader) {
    addEXIF(file)
    let main = ExifBlock(file)?.main
    if let packet = main?[0x02BC] { addXMP(packet.bytes) }
    // Panasonic and Leica embed a JPEG whose EXIF data have more, as the lens.
    if file.has("IIU\0"), let preview = main?[0x002E]?.bytes, preview.starts(with: [0xFF, 0xD8, 0xFF]) {
      readJPEG(preview)
    }
  }

  /// JPEG XL and JPEG 2000.
  mutating func readBoxes(_ file: ByteReader) {
    for box in ISOBox.all(in: file) where hasCapacity {
      switch box.kind {
      case "brob":
        guard let kind = ISOBox.name(box.body, at: 0), kind == "Exif" || kind == "xml " else { continue }
        Self.decompressed(box.body[from: 4]).withUnsafeBytes { addBox(kind, ByteReader($0)) }
      case "Exif", "xml ": addBox(box.kind, box.body)
      case "uuid":
        if box.body.has("JpgTiffExif->JP2") { addEXIF(box.body[from: 16]) }
        if box.body.starts(with: Self.xmpIdentifier) { addXMP(box.body[from: 16]) }
      default: break
      }
    }
  }

  private mutating func addBox(_ kind: String, _ body: ByteReader) {
    if kind == "xml " { return addXMP(body) }
    // The offset of the TIFF header behind the number that states it.
    if let start = body.be32(0) { addEXIF(body[from: 4][from: start]) }
  }

  private static let maxCompressedBytes = 1 << 20

  /// What Brotli has compressed, as `cjxl` does by default; empty without the library.
  private static func decompressed(_ body: ByteReader) -> [UInt8] {
    guard let start = body.bytes.bindMemory(to: UInt8.self).baseAddress, body.count <= maxCompressedBytes else {
      return []
    }
    return [UInt8](unsafeUninitializedCapacity: maxCompressedBytes) { buffer, count in
      count = cdecoders_brotli(start, body.count, buffer.baseAddress, maxCompressedBytes)
    }
  }

  /// The box of an XMP packet in files of the ISO base media format.
  static let xmpIdentifier: [UInt8] = [
    0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC,
  ]
}
