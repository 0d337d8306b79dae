import CPixels
import Platform
import Recognition

/// Writes copies of pictures in which parts are unrecognisable, and without the metadata that show or locate them.
///
/// It belongs to one worker; its buffers are reused from picture to picture.
public final class PictureAnonymiser {
  /// A picture to copy.
  public struct Source {
    public var bytes: UnsafeRawBufferPointer
    /// Size of the upright picture in which the parts are; nil: that of the file.
    public var size: PixelSize?
    public var parts: [HiddenPart] = []
    /// Whether the file is damaged, so that viewers may show it differently: the copy then holds what was decoded.
    public var isDamaged = false
    /// Whether no metadata are kept but the colour profile and the orientation.
    public var strips = false

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }
  }

  /// What became of a picture.
  public struct Result: Sendable {
    public var removed: RemovedMetadata = []
    /// Number of the parts that are inside of the picture.
    public var parts = 0
    public var warnings: [String] = []
  }

  /// Quality of JPEG and lossy WebP that are encoded as a whole.
  static let quality = 95

  let decoder: ImageDecoder

  public init(limits: DecodeLimits) { decoder = ImageDecoder(limits: limits) }

  /// The format of the copy of a file of `format`. JPEG, PNG and WebP keep theirs; of the others, those that store
  /// pictures without loss become PNG.
  public static func target(of format: ImageFormat) -> EncodedFormat {
    switch format {
    case .jpeg: .jpeg
    case .png: .png
    case .webp: .webp
    case .tiff, .bmp, .pnm, .gif, .dicom, .psd, .exr, .hdr, .ico, .svg, .pdf: .png
    case .heic, .avif, .jpegxl, .jpeg2000, .raw: .jpeg
    }
  }

  /// Whether a copy has the format of its original.
  public static func keepsFormat(_ format: ImageFormat) -> Bool { [.jpeg, .png, .webp].contains(format) }

  /// Writes the copy to `descriptor`.
  ///
  /// Throws what decoding throws, `changed` if the picture has not the size that was stated, `unsupported` if the file has
  /// several pages or frames, and failures of stage `write`.
  public func write(_ source: Source, to descriptor: Int32) throws(Failure) -> Result {
    let header = try decoder.header(of: source.bytes)
    guard header.pages == 1 else {
      throw Failure(
        .decode, .unsupported, "\(header.format): it has several pages or frames, and only one can be copied")
    }
    guard source.size == nil || source.size == header.size else {
      throw Failure(.read, .changed, "its picture has another size than in the record")
    }
    let regions = try Self.regions(of: source.parts, in: header.size)
    let job = AnonymisingJob(source: source, header: header, regions: regions, descriptor: descriptor)
    var result =
      switch header.format {
      case .jpeg where !header.isUncommonJPEG: try writeJPEG(job)
      case .png: try writePNG(job)
      case .webp: try writeWebP(job)
      case .jpeg, .tiff, .bmp, .pnm, .jpeg2000, .dicom, .gif, .avif, .heic, .jpegxl, .raw, .psd, .exr, .hdr, .ico, .svg,
        .pdf:
        try convert(job)
      }
    result.parts = regions.count
    return result
  }

  /// The regions are in memory together: a byte per pixel.
  private static func regions(
    of parts: [HiddenPart], in size: PixelSize
  ) throws(Failure) -> [(region: HiddenRegion, method: HidingMethod)] {
    var found: [(region: HiddenRegion, method: HidingMethod)] = []
    var area = 0
    for part in parts {
      guard let region = part.shape.region(in: size) else { continue }
      area += region.mask.count
      guard area <= max(16 * size.area, 1 << 24) else {
        throw Failure(.decode, .unsupported, "its parts cover the picture more than 16 times")
      }
      found.append((region, part.method))
    }
    return found
  }
}

/// A copy under way.
struct AnonymisingJob {
  let source: PictureAnonymiser.Source
  let header: ImageHeader
  /// In the upright picture.
  let regions: [(region: HiddenRegion, method: HidingMethod)]
  let descriptor: Int32

  var file: ByteReader { ByteReader(source.bytes) }
  /// Whether the picture can be copied as it is stored.
  var isUntouched: Bool { regions.isEmpty && !source.isDamaged }
  /// The regions in the picture as it is stored.
  var storedRegions: [(region: HiddenRegion, method: HidingMethod)] {
    regions.map { ($0.region.stored(header.orientation, upright: header.size), $0.method) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    let code = writeAll(descriptor, bytes)
    guard code == 0 else { throw Failure(.write, .writeFailed, systemMessage(code)) }
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    let code = bytes.withUnsafeBytes { writeAll(descriptor, $0) }
    guard code == 0 else { throw Failure(.write, .writeFailed, systemMessage(code)) }
  }
}

extension HidingMethod {
  /// Hides a region of a picture with `channels` samples a pixel in memory, of which the first `count` show it.
  func hide(
    _ region: HiddenRegion, in pixels: UnsafeMutableRawPointer, channels: Int, count: Int, sampleBytes: Int, stride: Int
  ) {
    let rect = region.rect
    let cells = grid(of: rect.size)
    var grid = cpixels_grid(columns: Int32(cells.columns), rows: Int32(cells.rows), is_smooth: self == .blur)
    for channel in 0..<count {
      var plane = cpixels_plane()
      plane.base = pixels + rect.y * stride + (rect.x * channels + channel) * sampleBytes
      plane.sample_bytes = Int32(sampleBytes)
      plane.step = channels
      plane.stride = stride
      plane.width = Int32(rect.width)
      plane.height = Int32(rect.height)
      region.mask.withUnsafeBufferPointer { cpixels_obscure(&plane, $0.baseAddress, &grid) }
    }
  }
}
