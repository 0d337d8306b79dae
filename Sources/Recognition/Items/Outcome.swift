import Platform

/// What became of one item: its record.
public struct Outcome: Sendable {
  public var index: Int
  public var path: RawPath
  public var facts = ImageFacts()
  /// The answers in the order of the tasks, or why there are none.
  public var result: Result<[Answer], Failure>
  public var cache: CacheState
  public var timings = Timings()
  /// What was wrong with an image that still decoded, and what the user should know of how it was read.
  public var warnings: [String] = []
  /// The image whose answer this is, where `cache` is `similar`.
  public var match: SimilarMatch?
  /// The file as it was read, where a store may rely on it.
  public var stamp: FileStamp?

  public init(index: Int, path: RawPath, result: Result<[Answer], Failure>, cache: CacheState = .off) {
    self.index = index
    self.path = path
    self.result = result
    self.cache = cache
  }

  public var failure: Failure? {
    if case .failure(let failure) = result { failure } else { nil }
  }
}

/// An earlier image that looks like this one.
public struct SimilarMatch: Sendable, Equatable {
  public var path: RawPath
  /// Bits in which the perceptual hashes differ.
  public var distance: Int

  public init(path: RawPath, distance: Int) {
    self.path = path
    self.distance = distance
  }
}

/// One task's answer, and the network that gave it.
public struct Answer: Sendable, Equatable {
  public var task: TaskKind
  /// `name@` and the first eight digits of the network's SHA-256.
  public var model: String
  /// What ran the network; nil where none was run.
  public var engine: EngineKind?
  public var findings: Findings
  /// The network's name again where it is another than the one that was to answer first.
  public var answeringModel: String?
  /// Whether a cascade's light network was not sure enough of it.
  public var isUnsure = false
  /// Whether it stands in for that of a network which failed.
  public var isFallback = false
  /// The findings in JSON as a store gave them; records then hold these bytes. `findings` is filled in only where a
  /// sink needs it.
  public var stored: [UInt8]?

  public init(task: TaskKind, model: String, engine: EngineKind? = nil, findings: Findings) {
    self.task = task
    self.model = model
    self.engine = engine
    self.findings = findings
  }
}

/// What is known of the file and the picture, as far as the item came.
public struct ImageFacts: Sendable, Equatable {
  /// SHA-256 of the bytes.
  public var digest: [UInt8]?
  public var bytes: Int?
  public var format: ImageFormat?
  /// The upright size.
  public var size: PixelSize?
  public var orientation: Orientation?

  public init() {}
}

/// Where the answer came from.
public enum CacheState: String, Sendable { case hit, miss, similar, off }

/// Milliseconds an item spent in each stage; `wait` is what it stood in queues between decoding and inference.
public struct Timings: Sendable, Equatable {
  public var read = 0.0
  public var decode = 0.0
  public var wait = 0.0
  public var infer = 0.0

  public init() {}
}

/// The formats that imgrec tells apart by their first bytes; not all of them can be read.
public enum ImageFormat: String, Sendable, CaseIterable {
  case jpeg, png, webp, tiff, bmp, pnm, jpeg2000, dicom
  // Known, so that the failure can name them.
  case gif, avif, heic, jpegxl, psd, exr, hdr, ico, svg, pdf

  /// Whether a decoder is there.
  public var isReadable: Bool {
    switch self {
    case .jpeg, .png, .webp, .tiff, .bmp, .pnm, .jpeg2000, .dicom: true
    case .gif, .avif, .heic, .jpegxl, .psd, .exr, .hdr, .ico, .svg, .pdf: false
    }
  }

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
