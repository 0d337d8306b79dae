import Recognition

/// How the files of one format are recognised and read.
struct FormatReader {
  /// Whether a file is of the format, by its first bytes.
  let matches: (ByteReader) -> Bool
  /// Reads the header; nil for a format that is recognised only to be named in an error.
  var header: ((ByteReader, JPEGDecoder) throws(Failure) -> ImageHeader)?
  /// The file as OpenCV may read it; nil if that is the file itself.
  var rebuilt: (ByteReader, ImageHeader) throws(Failure) -> [UInt8]? = { _, _ in nil }
}

extension ImageFormat {
  /// The one place that names a format's code. Formats are recognised in the order of `allCases`.
  var reader: FormatReader {
    switch self {
    case .jpeg:
      FormatReader(
        matches: { $0.starts(with: [0xFF, 0xD8, 0xFF]) },
        header: { file, decoder throws(Failure) in try decoder.header(of: file.bytes) })
    case .png:
      FormatReader(
        matches: { $0.starts(with: PNG.signature) }, header: { file, _ throws(Failure) in try PNG.header(of: file) },
        rebuilt: { file, _ throws(Failure) in try PNG.picture(of: file) })
    case .webp:
      FormatReader(
        matches: { $0.has("RIFF") && $0.has("WEBP", at: 8) },
        header: { file, _ throws(Failure) in try WebP.header(of: file) },
        rebuilt: { file, header throws(Failure) in try WebP.picture(of: file, size: header.storedSize) })
    case .tiff:
      FormatReader(
        matches: TIFF.isTIFF, header: { file, _ throws(Failure) in try TIFF.header(of: file) },
        rebuilt: { TIFF.picture(of: $0, orientation: $1.orientation) })
    case .bmp: FormatReader(matches: BMP.isBMP, header: { file, _ throws(Failure) in try BMP.header(of: file) })
    case .pnm:
      FormatReader(
        matches: { PNM.header(of: $0) != nil }, header: { file, _ throws(Failure) in try PNM.imageHeader(of: file) })
    case .jpeg2000:
      FormatReader(
        matches: JPEG2000.isJPEG2000, header: { file, _ throws(Failure) in try JPEG2000.header(of: file) })
    case .dicom:
      FormatReader(
        matches: { $0.has("DICM", at: 128) }, header: { file, _ throws(Failure) in try DICOM.header(of: file) })
    case .gif: FormatReader { $0.has("GIF87a") || $0.has("GIF89a") }
    case .avif: FormatReader { ISOMedia.hasBrand($0, in: ["avif", "avis"]) }
    case .heic:
      FormatReader { ISOMedia.hasBrand($0, in: ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"]) }
    case .jpegxl:
      FormatReader {
        $0.starts(with: [0xFF, 0x0A])
          || $0.starts(with: [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 13, 10, 0x87, 10])
      }
    case .psd: FormatReader { $0.has("8BPS") && ($0.be16(4) == 1 || $0.be16(4) == 2) }
    case .exr: FormatReader { $0.starts(with: [0x76, 0x2F, 0x31, 0x01]) }
    case .hdr: FormatReader { $0.has("#?RADIANCE") || $0.has("#?RGBE") }
    case .ico: FormatReader(matches: FormatSniffer.isIcon)
    case .svg: FormatReader(matches: FormatSniffer.isSVG)
    case .pdf: FormatReader { $0.has("%PDF-") }
    }
  }
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
