import CJPEG
import COpenCV
import CPNG
import Platform
import Recognition

/// Encodes one picture, rows from the top, to a descriptor.
///
/// JPEG and PNG are written as rows come; WebP, whose encoder needs the whole picture, at the end.
public final class StreamingEncoder {
  private enum Encoder {
    case jpeg(OpaquePointer)
    case png(OpaquePointer)
    case webp(UnsafeMutablePointer<UInt8>)
  }

  private let encoder: Encoder
  private let kind: EncodedFormat
  private let size: PixelSize
  private let channels: Int
  private let order: ChannelOrder
  private let quality: Int
  private let metadata: ImageMetadata
  private let descriptor: Int32
  private var rows = 0

  /// A pixel has the samples of `order`, and alpha last with `hasAlpha`: 1 to 4 in all.
  ///
  /// Throws `unsupported` if a side exceeds the format's limit.
  public init(
    _ kind: EncodedFormat, size: PixelSize, order: ChannelOrder, hasAlpha: Bool, quality: Int, metadata: ImageMetadata,
    descriptor: Int32
  ) throws(Failure) {
    guard max(size.width, size.height) <= kind.longestSide else {
      throw Failure(
        .write, .unsupported,
        "\(size.width)x\(size.height): a side of a \(kind.rawValue) may have at most \(kind.longestSide) pixels")
    }
    precondition(!hasAlpha || kind.hasAlpha)
    self.kind = kind
    self.size = size
    self.order = order
    self.quality = quality
    self.metadata = metadata
    self.descriptor = descriptor
    channels = order.count + (hasAlpha ? 1 : 0)
    switch kind {
    case .jpeg:
      guard let made = cjpeg_encoder_create() else { throw Self.outOfMemory }
      encoder = .jpeg(made)
    case .png:
      guard let made = cpng_encoder_create() else { throw Self.outOfMemory }
      encoder = .png(made)
    case .webp: encoder = .webp(.allocate(capacity: size.area * channels))
    }
    try begin()
  }

  deinit {
    switch encoder {
    case .jpeg(let jpeg): cjpeg_encoder_destroy(jpeg)
    case .png(let png): cpng_encoder_destroy(png)
    case .webp(let pixels): pixels.deallocate()
    }
  }

  /// Approximate bytes that an encoder holds for a picture.
  public static func memory(_ kind: EncodedFormat, size: PixelSize, channels: Int) -> Int {
    switch kind {
    // libwebp converts the samples to ARGB, and that to planes.
    case .webp: size.area * (channels + 6)
    // Up to 16 rows of blocks, of several components.
    case .jpeg: size.width * channels * 64
    // The row, the one before it, and one for each filter that is tried.
    case .png: size.width * channels * 8
    }
  }

  private func begin() throws(Failure) {
    let (exif, profile) = (metadata.exif, metadata.profile)
    switch encoder {
    case .jpeg(let jpeg):
      var picture = cjpeg_picture()
      picture.width = Int32(size.width)
      picture.height = Int32(size.height)
      picture.channels = Int32(channels)
      picture.blue_first = order == .bgr ? 1 : 0
      picture.quality = Int32(quality)
      if let density = metadata.density {
        picture.density_unit = 1
        picture.density_x = Int32(min(65_535, (density.x * 0.0254).rounded()))
        picture.density_y = Int32(min(65_535, (density.y * 0.0254).rounded()))
      }
      let status = Self.withBytes(exif, profile) { exif, profile in
        (picture.exif, picture.exif_size) = (exif.baseAddress, exif.count)
        (picture.profile, picture.profile_size) = (profile.baseAddress, profile.count)
        return cjpeg_encoder_begin(jpeg, descriptor, &picture)
      }
      try check(status)
    case .png(let png):
      var picture = cpng_picture()
      picture.width = Int32(size.width)
      picture.height = Int32(size.height)
      picture.channels = Int32(channels)
      picture.blue_first = order == .bgr ? 1 : 0
      if let density = metadata.density {
        picture.density_x = UInt32(min(2e9, density.x.rounded()))
        picture.density_y = UInt32(min(2e9, density.y.rounded()))
      }
      let status = Self.withBytes(exif, profile) { exif, profile in
        (picture.exif, picture.exif_size) = (exif.baseAddress, exif.count)
        (picture.profile, picture.profile_size) = (profile.baseAddress, profile.count)
        return cpng_encoder_begin(png, descriptor, &picture)
      }
      try check(status)
    case .webp: break
    }
  }

  /// Encodes the next `count` rows, `stride` bytes apart. Throws `writeFailed`.
  public func write(_ data: UnsafePointer<UInt8>, stride: Int, count: Int) throws(Failure) {
    precondition(rows + count <= size.height)
    switch encoder {
    case .jpeg(let jpeg): try check(cjpeg_encoder_rows(jpeg, data, stride, Int32(count)))
    case .png(let png): try check(cpng_encoder_rows(png, data, stride, Int32(count)))
    case .webp(let pixels):
      let width = size.width * channels
      for y in 0..<count {
        let target = pixels + (rows + y) * width
        target.update(from: data + y * stride, count: width)
        if order == .rgb {
          // OpenCV's order.
          for x in 0..<size.width {
            (target[x * channels], target[x * channels + 2]) = (target[x * channels + 2], target[x * channels])
          }
        }
      }
    }
    rows += count
  }

  /// Completes the file after the last row. Throws `writeFailed`.
  public func finish() throws(Failure) {
    precondition(rows == size.height, "a picture with rows missing")
    switch encoder {
    case .jpeg(let jpeg): try check(cjpeg_encoder_end(jpeg))
    case .png(let png): try check(cpng_encoder_end(png))
    case .webp(let pixels): try finishWebP(pixels)
    }
  }

  private func finishWebP(_ pixels: UnsafeMutablePointer<UInt8>) throws(Failure) {
    var encoded = copencvcodecs_bytes()
    defer { copencvcodecs_release_bytes(&encoded) }
    // OpenCV takes alpha only with colours.
    var samples = pixels
    var count = channels
    if channels == 2 {
      samples = .allocate(capacity: size.area * 4)
      count = 4
      for i in 0..<size.area {
        for c in 0..<3 { samples[4 * i + c] = pixels[2 * i] }
        samples[4 * i + 3] = pixels[2 * i + 1]
      }
    }
    defer { if samples != pixels { samples.deallocate() } }
    let status = copencvcodecs_encode(
      ".webp", samples, Int32(size.width), Int32(size.height), Int32(count), size.width * count,
      [64, Int32(quality)], 2, &encoded)
    guard status.code == copencvcodecs_ok else { throw Failure(.write, .writeFailed, status.text) }
    var written = metadata
    if written.exif == nil { written.exif = written.density.map { Exif.resolution($0) } }
    let file = WebPContainer.file(
      UnsafeRawBufferPointer(start: encoded.data, count: encoded.size), size: size, metadata: written)
    let code = file.withUnsafeBytes { writeAll(descriptor, $0) }
    guard code == 0 else { throw Failure(.write, .writeFailed, systemMessage(code)) }
  }

  private func check(_ status: Int32) throws(Failure) {
    guard status != 0 else { return }
    switch encoder {
    case .jpeg(let jpeg): throw Failure(.write, .writeFailed, String(cString: cjpeg_encoder_message(jpeg)))
    case .png(let png): throw Failure(.write, .writeFailed, String(cString: cpng_encoder_message(png)))
    case .webp: break
    }
  }

  private static func withBytes<R>(
    _ a: [UInt8]?, _ b: [UInt8]?, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> R
  ) -> R {
    (a ?? []).withUnsafeBufferPointer { a in (b ?? []).withUnsafeBufferPointer { b in body(a, b) } }
  }

  private static let outOfMemory = Failure(.write, .outOfMemory, "no memory for an encoder")
}
