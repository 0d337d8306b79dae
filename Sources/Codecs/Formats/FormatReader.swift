import Recognition

/// How the files of one format are recognised and read.
struct FormatReader {
  /// The usual spelling; nil if it is the name in capitals.
  var title: String?
  /// Whether a file is of the format, by its first bytes.
  let matches: (ByteReader) -> Bool
  /// Reads the header; nil for a format that is recognised only to be named in an error.
  var header: ((ByteReader, JPEGDecoder) throws(Failure) -> ImageHeader)?
  /// Counts the pages; nil for a format without pages.
  var pages: ((ByteReader) -> PageCount)?
  /// The word for several pages.
  var pageUnit = "pages"
  /// Reads the header of the page with an index.
  var pageHeader: ((ByteReader, Int) throws(Failure) -> ImageHeader)?
  /// Reads the kind of the pixels; nil if that needs the pixels.
  var traits: ((inout PixelTraits, ByteReader) -> Void)?
  /// Reads EXIF data, profile and density; nil for a format whose metadata is not carried over.
  var metadata: ((inout ImageMetadata, ByteReader) -> Void)?
}

extension ImageFormat {
  /// The one place that names a format's code. Formats are recognised in the order of `allCases`.
  var reader: FormatReader {
    switch self {
    case .jpeg:
      FormatReader(
        matches: { $0.starts(with: [0xFF, 0xD8, 0xFF]) },
        header: { file, decoder throws(Failure) in try decoder.header(of: file.bytes) },
        traits: { $0.readJPEG($1) }, metadata: { $0.readJPEG($1) })
    case .png:
      FormatReader(
        matches: { $0.starts(with: PNG.signature) }, header: { file, _ throws(Failure) in try PNG.header(of: file) },
        pages: APNG.pages, pageUnit: "frames",
        pageHeader: { file, page throws(Failure) in try PNG.header(of: file, page: page) },
        traits: { $0.readPNG($1) }, metadata: { $0.readPNG($1) })
    case .webp:
      FormatReader(
        title: "WebP", matches: { $0.has("RIFF") && $0.has("WEBP", at: 8) },
        header: { file, _ throws(Failure) in try WebP.header(of: file) },
        pages: WebP.pages, pageUnit: "frames",
        pageHeader: { file, page throws(Failure) in try WebP.header(of: file, page: page) },
        traits: { $0.readWebP($1) }, metadata: { $0.readWebP($1) })
    case .tiff:
      FormatReader(
        matches: TIFF.isTIFF, header: { file, _ throws(Failure) in try TIFF.header(of: file) },
        pages: TIFF.pages, pageHeader: { file, page throws(Failure) in try TIFF.pageHeader(of: file, page) },
        traits: { $0.readTIFF($1) })
    case .raw:
      FormatReader(
        title: "Camera raw", matches: CameraRaw.isRaw,
        header: { file, decoder throws(Failure) in try CameraRawPicture.header(of: file, decoder) },
        metadata: { $0.readRaw($1) })
    case .bmp:
      FormatReader(
        matches: BMP.isBMP, header: { file, _ throws(Failure) in try BMP.header(of: file) }, traits: { $0.readBMP($1) })
    case .pnm:
      FormatReader(
        matches: { PNM.header(of: $0) != nil }, header: { file, _ throws(Failure) in try PNM.imageHeader(of: file) },
        traits: { $0.readPNM($1) })
    case .jpeg2000:
      FormatReader(
        title: "JPEG 2000", matches: JPEG2000.isJPEG2000,
        header: { file, _ throws(Failure) in try JPEG2000.header(of: file) })
    case .dicom:
      FormatReader(
        matches: DICOM.isDICOM, header: { file, _ throws(Failure) in try DICOM.header(of: file) },
        pages: DICOM.pages, pageUnit: "frames",
        pageHeader: { file, frame throws(Failure) in try DICOM.header(of: file, frame: frame) })
    case .avif:
      FormatReader(
        matches: HEIF.isAVIF, header: { file, _ throws(Failure) in try HEIF.header(of: file) },
        pages: HEIF.pages, pageUnit: "pictures",
        pageHeader: { file, page throws(Failure) in try HEIF.header(of: file, page: page) })
    case .heic:
      FormatReader(
        matches: { ISOMedia.hasBrand($0, in: ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"]) },
        header: { file, _ throws(Failure) in try HEIF.header(of: file) },
        pages: HEIF.pages, pageUnit: "pictures",
        pageHeader: { file, page throws(Failure) in try HEIF.header(of: file, page: page) })
    case .gif:
      FormatReader(
        matches: GIF.isGIF, header: { file, _ throws(Failure) in try GIF.header(of: file) },
        pages: GIF.pages, pageUnit: "frames",
        pageHeader: { file, page throws(Failure) in try GIF.header(of: file, page: page) })
    case .jpegxl:
      FormatReader(
        title: "JPEG XL", matches: JPEGXL.isJPEGXL, header: { file, _ throws(Failure) in try JPEGXL.header(of: file) })
    case .psd: FormatReader { $0.has("8BPS") && ($0.be16(4) == 1 || $0.be16(4) == 2) }
    case .exr: FormatReader(title: "OpenEXR") { $0.starts(with: [0x76, 0x2F, 0x31, 0x01]) }
    case .hdr: FormatReader(title: "Radiance HDR") { $0.has("#?RADIANCE") || $0.has("#?RGBE") }
    case .ico: FormatReader(matches: FormatSniffer.isIcon)
    case .svg: FormatReader(matches: FormatSniffer.isSVG)
    case .pdf: FormatReader { $0.has("%PDF-") }
    }
  }

  /// The usual spelling.
  public var displayName: String { reader.title ?? rawValue.uppercased() }

  /// Whether no file of the format is decoded: it is recognised only to be named in an error.
  public var isOnlyNamed: Bool { reader.header == nil }
}

/// Files in the ISO base media format, by their brands.
enum ISOMedia {
  /// Whether the major brand or one of the compatible ones, within the first 256 bytes, is among `brands`.
  static func hasBrand(_ file: ByteReader, in brands: [StaticString]) -> Bool {
    guard file.has("ftyp", at: 4) else { return false }
    let end = min(file.be32(0) ?? 0, file.count, 256)
    let offsets = [8] + Array(stride(from: 16, to: end - 3, by: 4))
    return offsets.contains { offset in brands.contains { file.has($0, at: offset) } }
  }
}
