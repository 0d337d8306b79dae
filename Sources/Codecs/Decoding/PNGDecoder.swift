import CJPEG
import CPNG
import Recognition

/// Decodes PNG through libpng: rows stream into the resamplers. A picture that is interlaced or has alpha is in memory as
/// a whole.
final class PNGDecoder {
  let limits: DecodeLimits
  private let buffer: ScratchBuffer

  init(limits: DecodeLimits, buffer: ScratchBuffer) {
    self.limits = limits
    self.buffer = buffer
  }

  /// Decodes into the job's slots. Returns warnings about a file that is damaged and still decoded.
  func decode(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    if job.header.page > 0 { return try decodeFrame(bytes, job) }
    let header = job.header
    let order = job.order(isGrey: header.isGrey)
    let samples =
      switch header.wholeChannels {
      case 0: order == .grey ? cpng_grey : order == .rgb ? cpng_rgb : cpng_bgr
      case 1: cpng_grey
      case 3: cpng_bgr
      default: cpng_bgra
      }
    let deadline = cjpeg_now() + limits.timeout.nanoseconds
    let decoder = try begin(bytes, header.storedSize, samples, deadline: deadline)
    defer { cpng_decoder_destroy(decoder) }
    if header.wholeChannels > 0 {
      let pixels = buffer.reserve(header.storedSize.area * max(3, header.wholeChannels))
      try check(
        cpng_decoder_picture(decoder, pixels, header.storedSize.width * header.wholeChannels), decoder)
      try job.fill(from: pixels, channels: header.wholeChannels)
    } else {
      try job.stream(order: order, buffer: buffer) { rows, stride, count throws(Failure) in
        try check(cpng_decoder_rows(decoder, rows, stride, Int32(count)), decoder)
      }
    }
    buffer.trim()
    return warnings(cpng_decoder_damage(decoder))
  }

  /// Decodes a frame of an animation after the first: composed on the canvas with those before it that show.
  private func decodeFrame(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    let animation = APNG(ByteReader(bytes))
    let size = job.header.storedSize
    let page = job.header.page
    guard animation.pages.indices.contains(page) else {
      throw Failure(.decode, .truncated, "png: frame \(page + 1) is missing")
    }
    let canvas = AnimationCanvas(buffer.reserve(size.area * 4), size: size)
    let deadline = cjpeg_now() + limits.timeout.nanoseconds
    var warnings: [String] = []
    for index in animation.start(of: page, canvas: size)...page {
      let frame = animation.pages[index]
      let area = frame?.area ?? PixelRect(x: 0, y: 0, width: size.width, height: size.height)
      guard canvas.holds(area) else {
        throw Failure(.decode, .corrupt, "png: frame \(index + 1) extends past the picture")
      }
      let pixels = UnsafeMutablePointer<UInt8>.allocate(capacity: area.width * area.height * 4)
      defer { pixels.deallocate() }
      // The buffer's closure cannot throw typed errors, so that the result is carried out.
      let damage = try animation.file(of: index).withUnsafeBytes { file in
        Result { () throws(Failure) in try picture(file, area, deadline: deadline, into: pixels) }
      }.get()
      if index == page {
        warnings = self.warnings(damage)
      } else if damage != 0 {
        throw Failure(.decode, .corrupt, "png: frame \(index + 1), on which this one is drawn, is damaged")
      }
      canvas.draw(
        pixels, in: area, overwrites: frame?.overwrites ?? true, isKept: index < page && frame?.restores == true)
      if index < page {
        if frame?.clears == true { canvas.clear(area) }
        if frame?.restores == true { canvas.restore(area) }
      }
    }
    try job.fill(from: canvas.pixels, channels: 4)
    buffer.trim()
    return warnings
  }

  /// Decodes a whole file of its own of the size of `area`; returns its damage.
  private func picture(
    _ bytes: UnsafeRawBufferPointer, _ area: PixelRect, deadline: UInt64, into pixels: UnsafeMutablePointer<UInt8>
  ) throws(Failure) -> Int32 {
    let decoder = try begin(bytes, area.size, cpng_bgra, deadline: deadline)
    defer { cpng_decoder_destroy(decoder) }
    try check(cpng_decoder_picture(decoder, pixels, area.width * 4), decoder)
    return cpng_decoder_damage(decoder)
  }

  /// A decoder that has read the header of a file; the caller destroys it.
  func begin(
    _ bytes: UnsafeRawBufferPointer, _ size: PixelSize, _ order: cpng_order, deadline: UInt64
  ) throws(Failure) -> OpaquePointer {
    guard let decoder = cpng_decoder_create() else {
      throw Failure(.decode, .outOfMemory, "png: no memory for the decoder")
    }
    var file = cpng_file()
    file.data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    file.size = bytes.count
    file.width = Int32(size.width)
    file.height = Int32(size.height)
    file.deadline = deadline
    file.order = order
    do throws(Failure) { try check(cpng_decoder_begin(decoder, &file), decoder) } catch {
      cpng_decoder_destroy(decoder)
      throw error
    }
    return decoder
  }

  func warnings(_ damage: Int32) -> [String] {
    var warnings: [String] = []
    if damage & Int32(cpng_damage_cut) != 0 { warnings.append("png: premature end of data") }
    if damage & Int32(cpng_damage_checksum) != 0 { warnings.append("png: a checksum is wrong") }
    return warnings
  }

  func check(_ status: cpng_status, _ decoder: OpaquePointer) throws(Failure) {
    let code: Failure.Code
    switch status {
    case cpng_ok: return
    case cpng_truncated: code = .truncated
    case cpng_unsupported: code = .unsupported
    case cpng_timeout: code = .timeout
    case cpng_out_of_memory: code = .outOfMemory
    default: code = .corrupt
    }
    throw Failure(.decode, code, "png: \(String(cString: cpng_decoder_message(decoder)))")
  }
}
