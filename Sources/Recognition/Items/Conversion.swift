/// How files of a kind that is not read are made into images, by a program of others.
public struct Conversion: Sendable, Equatable {
  /// The kind as people call it.
  public var kind: String
  /// The command, in which FILE is the name without its ending.
  public var command: String
  /// Debian's package of the program.
  public var package: String

  /// The advice, as the end of a sentence.
  public var text: String { "\(command) (package \(package))" }

  /// For a format that is recognised and not read; nil for one that is read.
  public static func of(_ format: ImageFormat) -> Conversion? {
    switch format {
    case .jpeg, .png, .webp, .dicom, .tiff, .bmp, .pnm, .jpeg2000, .gif, .avif, .heic, .jpegxl, .raw: nil
    case .psd: Conversion("PSD", "convert 'FILE.psd[0]' FILE.png", "imagemagick")
    case .exr: Conversion("OpenEXR", "ffmpeg -i FILE.exr FILE.png", "ffmpeg")
    case .hdr: Conversion("Radiance HDR", "convert FILE.hdr FILE.png", "imagemagick")
    case .ico: Conversion("ICO", "convert 'FILE.ico[0]' FILE.png", "imagemagick")
    case .svg: Conversion("SVG", "rsvg-convert FILE.svg -o FILE.png", "librsvg2-bin")
    case .pdf: Conversion("PDF", "pdftoppm -png FILE.pdf | imgrec scan -", "poppler-utils")
    }
  }

  /// For raw files of cameras that are not known here.
  public static let raw = Conversion("Camera raw", "darktable-cli FILE FILE.jpg", "darktable")

  /// For videos: one picture a second.
  public static let video = Conversion(
    "Video", "ffmpeg -i FILE -vf fps=1 -f image2pipe -c:v mjpeg - | imgrec scan -", "ffmpeg")

  /// For files with this extension, in lower case; nil if they are read, or are of no known kind.
  public static func of(ending: String) -> Conversion? {
    if videos.contains(ending) { return video }
    return ImageFormat.allCases.first { $0.extensions.contains(ending) }.flatMap(of)
  }

  private static let videos: Set<String> = [
    "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "mts", "m2ts", "3gp", "ogv",
  ]

  private init(_ kind: String, _ command: String, _ package: String) {
    (self.kind, self.command, self.package) = (kind, command, package)
  }
}
