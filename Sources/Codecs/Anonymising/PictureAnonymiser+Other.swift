import CPixels
import Recognition

extension PictureAnonymiser {
  /// Copies a WebP: one that is touched is encoded as a whole, without loss if the original is.
  func writeWebP(_ job: AnonymisingJob) throws(Failure) -> Result {
    let filter = WebPFilter(job.file, strips: job.source.strips)
    if job.isUntouched {
      try job.write(filter.file)
      return Result(removed: filter.removed)
    }
    var metadata = ImageMetadata(of: job.source.bytes, format: .webp)
    metadata.exif = filter.exif
    metadata.xmp = filter.xmp
    // The encoder is lossless above 100.
    let quality = filter.isLossless ? 101 : Self.quality
    return try encode(job, as: .webp, quality: quality, metadata, Result(removed: filter.removed))
  }

  /// Writes a picture of another format as its target.
  func convert(_ job: AnonymisingJob) throws(Failure) -> Result {
    var metadata = ImageMetadata(of: job.source.bytes, format: job.header.format)
    var result = Result()
    // A TIFF is a block of EXIF data itself.
    let file = job.file
    let data = ExifBlock(file) == nil ? MetadataBlocks(of: file, keepsData: true).data : nil
    let exif =
      data?.withUnsafeBytes { ExifFilter.filtered(ByteReader($0), strips: job.source.strips) }
      ?? ExifFilter.filtered(file, strips: job.source.strips)
    metadata.exif = exif?.exif
    result.removed = exif?.removed ?? []
    return try encode(job, as: Self.target(of: job.header.format), quality: Self.quality, metadata, result)
  }

  private func encode(
    _ job: AnonymisingJob, as kind: EncodedFormat, quality: Int, _ metadata: ImageMetadata, _ result: Result
  ) throws(Failure) -> Result {
    var (metadata, result) = (metadata, result)
    let size = job.header.size
    let picture = try decoder.picture(
      job.source.bytes, header: job.header, size: size, order: .rgb, keepsAlpha: kind.hasAlpha)
    let pixels = picture.pixels
    result.warnings = picture.warnings
    if picture.isComposed { result.warnings.append("alpha left out: a JPEG has none, so a plain ground shows") }
    if let warning = metadata.adapt(to: size, isGrey: picture.isGrey) { result.warnings.append(warning) }
    for (region, method) in job.regions {
      method.hide(
        region, in: pixels.base, channels: pixels.order.count, count: pixels.order.count, sampleBytes: 1,
        stride: pixels.stride)
    }
    let alpha = kind.hasAlpha ? picture.alpha : nil
    let encoder = try StreamingEncoder(
      kind, size: size, order: pixels.order, hasAlpha: alpha != nil, quality: quality, metadata: metadata,
      descriptor: job.descriptor)
    guard let alpha else {
      try encoder.write(pixels.base, stride: pixels.stride, count: size.height)
      try encoder.finish()
      return result
    }
    let channels = pixels.order.count
    let row = UnsafeMutablePointer<UInt8>.allocate(capacity: size.width * (channels + 1))
    defer { row.deallocate() }
    for y in 0..<size.height {
      cpixels_interleave(
        pixels.base + y * pixels.stride, alpha.base + y * alpha.stride, row, size.width, Int32(channels))
      try encoder.write(row, stride: size.width * (channels + 1), count: 1)
    }
    try encoder.finish()
    return result
  }
}
