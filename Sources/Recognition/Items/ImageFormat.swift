/// The formats that imgrec tells apart by their first bytes; not all of them can be read.
public enum ImageFormat: String, Sendable, CaseIterable {
  case jpeg, png, webp, tiff, bmp, pnm, jpeg2000, dicom
  // Known, so that the failure can name them.
  case gif, avif, heic, jpegxl, psd, exr, hdr, ico, svg, pdf

  /// The lower-case file extensions under which the format goes.
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
    case .heic: ["heic", "heif"]
    case .jpegxl: ["jxl"]
    case .psd: ["psd"]
    case .exr: ["exr"]
    case .hdr: ["hdr"]
    case .ico: ["ico"]
    case .svg: ["svg"]
    case .pdf: ["pdf"]
    }
  }
}
