/// The image formats that are recognised by their first bytes; not all of them can be decoded.
public enum ImageFormat: String, Sendable, CaseIterable {
  // DICOM before TIFF: its preamble may be the beginning of a TIFF.
  case jpeg, png, webp, dicom, tiff, bmp, pnm, jpeg2000, avif, heic, gif, jpegxl
  // Recognised only to be named in an error.
  case psd, exr, hdr, ico, svg, pdf, raw

  /// The lower-case file extensions of the format.
  public var extensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
    case .png: ["png", "apng"]
    case .webp: ["webp"]
    case .tiff: ["tif", "tiff"]
    case .bmp: ["bmp", "dib"]
    case .pnm: ["pnm", "pbm", "pgm", "ppm", "pam"]
    case .jpeg2000: ["jp2", "j2k", "jpf", "jpx", "jpm", "j2c", "jpc"]
    case .dicom: ["dcm", "dicom"]
    case .gif: ["gif"]
    case .avif: ["avif"]
    case .heic: ["heic", "heif", "hif"]
    case .jpegxl: ["jxl"]
    case .psd: ["psd"]
    case .exr: ["exr"]
    case .hdr: ["hdr"]
    case .ico: ["ico"]
    case .svg: ["svg"]
    case .pdf: ["pdf"]
    case .raw:
      [
        "dng", "nef", "nrw", "cr2", "cr3", "crw", "arw", "srf", "sr2", "pef", "srw", "orf", "rw2", "rwl", "raf", "x3f",
        "3fr", "fff", "iiq", "mrw", "erf", "kdc", "dcr", "mef", "mos",
      ]
    }
  }
}
