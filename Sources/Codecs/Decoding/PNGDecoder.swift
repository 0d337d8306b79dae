import CJPEG
import CPNG
import Recognition

/// Decodes PNG through libpng: rows stream into the resamplers. A picture that is interlaced or has alpha is in memory as
/// a whole.
final class PNGDecoder {
  private let limits: DecodeLimits
  private let buffer: ScratchBuffer

  init(limits: DecodeLimits, buffer: ScratchBuffer) {
    self.limits = limits
    self.buffer = buffer
  }

  /// Decodes into the job's slots. Returns warnings about a file that is damaged and still decoded.
  func decode(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    guard let decoder = cpng_decoder_create() else {
      throw Failure(.decode, .outOfMemory, "png: no memory for the decoder")
    }
    defer { cpng_decoder_destroy(decoder) }
    let header = job.header
    let order = job.order(isGrey: header.isGrey)
    var file = cpng_file()
    file.data = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    file.size = bytes.count
    file.width = Int32(header.storedSize.width)
    file.height = Int32(header.storedSize.height)
    file.deadline = cjpeg_now() + limits.timeout.nanoseconds
    switch header.wholeChannels {
    case 0: file.order = order == .grey ? cpng_grey : order == .rgb ? cpng_rgb : cpng_bgr
    case 1: file.order = cpng_grey
    case 3: file.order = cpng_bgr
    default: file.order = cpng_bgra
    }
    try check(cpng_decoder_begin(decoder, &file), decoder)
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

  private func warnings(_ damage: Int32) -> [String] {
    var warnings: [String] = []
    if damage & Int32(cpng_damage_cut) != 0 { warnings.append("png: premature end of data") }
    if damage & Int32(cpng_damage_checksum) != 0 { warnings.append("png: a checksum is wrong") }
    return warnings
  }

  private func check(_ status: cpng_status, _ decoder: OpaquePointer) throws(Failure) {
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
