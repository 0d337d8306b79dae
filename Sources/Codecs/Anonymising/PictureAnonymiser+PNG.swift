import CJPEG
import CPNG
import Recognition

extension PictureAnonymiser {
  /// Copies a PNG with its own channels and depth; palettes become colours.
  func writePNG(_ job: AnonymisingJob) throws(Failure) -> Result {
    let filter = PNGFilter(job.file, strips: job.source.strips)
    var result = Result(removed: filter.removed)
    if job.isUntouched {
      try job.write(filter.file(job.file))
      return result
    }
    let samples = try decoder.png.samples(job.source.bytes, size: job.header.storedSize)
    defer { samples.data.deallocate() }
    result.warnings = samples.warnings
    let colours = samples.channels < 3 ? 1 : 3
    for (region, method) in job.storedRegions {
      method.hide(
        region, in: samples.data, channels: samples.channels, count: colours, sampleBytes: samples.sampleBytes,
        stride: samples.stride)
    }
    try Self.encode(samples, size: job.header.storedSize, chunks: filter.chunks, to: job.descriptor)
    return result
  }

  private static func encode(
    _ samples: PNGSamples, size: PixelSize, chunks: [UInt8], to descriptor: Int32
  ) throws(Failure) {
    guard let encoder = cpng_encoder_create() else { throw Failure(.write, .outOfMemory, "no memory for an encoder") }
    defer { cpng_encoder_destroy(encoder) }
    func check(_ status: Int32) throws(Failure) {
      guard status != 0 else { return }
      throw Failure(.write, .writeFailed, String(cString: cpng_encoder_message(encoder)))
    }
    var picture = cpng_picture()
    picture.width = Int32(size.width)
    picture.height = Int32(size.height)
    picture.channels = Int32(samples.channels)
    picture.depth = Int32(samples.sampleBytes * 8)
    let status = chunks.withUnsafeBufferPointer { chunks in
      (picture.chunks, picture.chunks_size) = (chunks.baseAddress, chunks.count)
      return cpng_encoder_begin(encoder, descriptor, &picture)
    }
    try check(status)
    try check(
      cpng_encoder_rows(encoder, samples.data.assumingMemoryBound(to: UInt8.self), samples.stride, Int32(size.height)))
    try check(cpng_encoder_end(encoder))
  }
}

/// A decoded PNG with the samples of the file, rows without padding.
struct PNGSamples {
  /// The owner deallocates them.
  let data: UnsafeMutableRawPointer
  /// 1: grey, 2: grey and alpha, 3: colour, 4: colour and alpha.
  let channels: Int
  /// 1, or 2 in the order of the machine.
  let sampleBytes: Int
  let stride: Int
  let warnings: [String]
}

extension PNGDecoder {
  /// Decodes the first picture of a file.
  func samples(_ bytes: UnsafeRawBufferPointer, size: PixelSize) throws(Failure) -> PNGSamples {
    let deadline = cjpeg_now() + limits.timeout.nanoseconds
    let decoder = try begin(bytes, size, cpng_native, deadline: deadline)
    defer { cpng_decoder_destroy(decoder) }
    var (channels, sampleBytes): (Int32, Int32) = (0, 0)
    cpng_decoder_form(decoder, &channels, &sampleBytes)
    let stride = size.width * Int(channels * sampleBytes)
    let data = UnsafeMutableRawPointer.allocate(byteCount: max(1, stride * size.height), alignment: 16)
    do throws(Failure) {
      try check(cpng_decoder_picture(decoder, data.assumingMemoryBound(to: UInt8.self), stride), decoder)
    } catch {
      data.deallocate()
      throw error
    }
    return PNGSamples(
      data: data, channels: Int(channels), sampleBytes: Int(sampleBytes), stride: stride,
      warnings: warnings(cpng_decoder_damage(decoder)))
  }
}
