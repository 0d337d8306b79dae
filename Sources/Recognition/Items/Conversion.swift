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
    case .jpeg, .png, .webp, .dicom, .tiff, .bmp, .pnm, .jpeg2000, .gif, .avif, .heic, .jpegxl: nil
    case .psd: Conversion("PSD", "convert 'FILE.psd[0]' FILE.png", "imagemagick")
    case .exr: Conversion("OpenEXR", "ffmpeg -i FILE.exr FILE.png", "ffmpeg")
    case .hdr: Conversion("Radiance HDR", "convert FILE.hdr FILE.png", "imagemagick")
    case .ico: Conversion("ICO", "convert 'FILE.ico[0]' FILE.png", "imagemagick")
    case .svg: Conversion("SVG", "rsvg-convert FILE.svg -o FILE.png", "librsvg2-bin")
    case .pdf: Conversion("PDF", "pdftoppm -png FILE.pdf | imgrec scan -", "poppler-utils")
    case .raw:
      Conversion(
        "Camera raw", "exiftool -b -JpgFromRaw FILE > FILE.jpg, or -PreviewImage", "libimage-exiftool-perl")
    }
  }

  /// For videos: one picture a second.
  public static let video = Conversion(
    "Video", "ffmpeg -i FILE -vf fps=1 -f image2pipe -c:v mjpeg - | imgrec scan -", "ffmpeg")

  /// Archives that libarchive's program makes a tar of.
  public static let sevenZip = Conversion("7z", "bsdtar -cf - @FILE.7z | imgrec scan -", "libarchive-tools")
  public static let rar = Conversion("RAR", "bsdtar -cf - @FILE.rar | imgrec scan -", "libarchive-tools")

  /// Tables whose column `image` holds the bytes of a JPEG or PNG, alone or in a structure, as data sets have it.
  public static let parquet = Conversion("Parquet", table("read_parquet('FILE.parquet')"), "pandas and pyarrow, by pip")
  public static let arrow = Conversion("Arrow", table("read_feather('FILE.arrow')"), "pandas and pyarrow, by pip")

  public static let hdf5 = Conversion(
    "HDF5", arrays("h5py.File('FILE.h5')['images']", importing: "h5py"), "python3-h5py, python3-pil")
  public static let numpy = Conversion(
    "NumPy", arrays("numpy.load('FILE.npy')", importing: "numpy"), "python3-numpy, python3-pil")

  private static func table(_ call: String) -> String {
    "python3 -c \"import sys,pandas; [sys.stdout.buffer.write(v['bytes'] if isinstance(v,dict) else v) "
      + "for v in pandas.\(call)['image']]\" | imgrec scan -"
  }

  /// For arrays of pictures of 8 bits.
  private static func arrays(_ call: String, importing module: String) -> String {
    "python3 -c \"import sys,\(module); from PIL import Image; [Image.fromarray(a).save(sys.stdout.buffer,'png') "
      + "for a in \(call)]\" | imgrec scan -"
  }

  /// For files with this extension, in lower case; nil if they are read, or are of no known kind.
  public static func of(ending: String) -> Conversion? {
    if videos.contains(ending) { return video }
    if let container = containers[ending] { return container }
    return ImageFormat.allCases.first { $0.extensions.contains(ending) }.flatMap(of)
  }

  private static let containers: [String: Conversion] = [
    "7z": sevenZip, "rar": rar, "cbr": rar, "parquet": parquet, "feather": arrow,
  ]

  private static let videos: Set<String> = [
    "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "mts", "m2ts", "3gp", "ogv",
  ]

  private init(_ kind: String, _ command: String, _ package: String) {
    (self.kind, self.command, self.package) = (kind, command, package)
  }
}
