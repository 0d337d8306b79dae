import CJPEG
import CPixels
import Recognition

/// Decodes PBM, PGM, PPM and PAM: rows stream into the resamplers, but for a picture with alpha.
final class PNMDecoder {
  private let limits: DecodeLimits
  private let buffer: ScratchBuffer
  /// A row of samples as they are stored, of 8 bits.
  private let samples = ScratchBuffer()
  /// The 8-bit value of each sample.
  private var table: [UInt8] = []

  init(limits: DecodeLimits, buffer: ScratchBuffer) {
    self.limits = limits
    self.buffer = buffer
  }

  /// Decodes into the job's slots. Returns warnings.
  func decode(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    guard let header = PNM.header(of: ByteReader(bytes)), header.size == job.header.storedSize,
      let file = bytes.bindMemory(to: UInt8.self).baseAddress
    else { throw Failure(.decode, .corrupt, "pnm: no valid header") }
    makeTable(header)
    let deadline = cjpeg_now() + limits.timeout.nanoseconds
    var at = header.start
    let (width, height) = (header.size.width, header.size.height)
    defer { buffer.trim() }
    if header.hasAlpha {
      let pixels = buffer.reserve(header.size.area * 4)
      for y in 0..<height {
        let row = try self.row(header, file, bytes.count, &at, deadline: deadline)
        let target = pixels + 4 * y * width
        if header.depth == 2 {
          cpixels_grey_alpha_to_bgra(row, target, width)
        } else {
          cpixels_rgba_to_bgra(row, target, width)
        }
      }
      try job.fill(from: pixels, channels: 4)
    } else {
      let order = job.order(isGrey: header.depth == 1)
      var rowsRead = 0
      try job.stream(order: order, buffer: buffer) { rows, stride, count throws(Failure) in
        rowsRead += count
        for y in 0..<count {
          let row = try self.row(header, file, bytes.count, &at, deadline: deadline)
          let target = rows + y * stride
          switch (header.depth, order) {
          case (1, .grey): target.update(from: row, count: width)
          case (1, .bgr), (1, .rgb): cpixels_spread(row, target, width)
          case (_, .bgr): cpixels_swap(row, target, width)
          case (_, .rgb): target.update(from: row, count: 3 * width)
          case (_, .grey): preconditionFailure("colours are not decoded in grey")
          }
        }
      }
      // Only reading shows whether a text is whole, so the rows below the window are read too.
      while header.isText, rowsRead < height {
        _ = try row(header, file, bytes.count, &at, deadline: deadline)
        rowsRead += 1
      }
    }
    let endsInNumber = header.isText && header.kind != 1 && at == bytes.count
    return endsInNumber ? ["pnm: the file ends in its last number, which may be cut"] : []
  }

  /// The next row of samples, scaled to 8 bits, in the order of the file.
  private func row(
    _ header: PNM.Header, _ file: UnsafePointer<UInt8>, _ size: Int, _ at: inout Int, deadline: UInt64
  ) throws(Failure) -> UnsafePointer<UInt8> {
    if cjpeg_now() > deadline {
      throw Failure(.decode, .timeout, "decoding took more than \(limits.timeout.components.seconds) s")
    }
    let count = header.size.width * header.depth
    let target = samples.reserve(count)
    if header.isText {
      switch cpixels_read_numbers(file, size, &at, header.kind == 1, table, target, count) {
      case cpixels_text_whole: return UnsafePointer(target)
      case cpixels_text_ends: throw PNM.truncated
      default: throw Failure(.decode, .corrupt, "pnm: the samples are not numbers")
      }
    }
    guard size - at >= header.rowBytes else { throw PNM.truncated }
    let source = file + at
    at += header.rowBytes
    if header.kind == 4 {
      cpixels_expand_bits(source, target, count)
    } else if header.bytesPerSample == 2 {
      cpixels_scale16(source, target, count, table)
    } else if header.maximum == 255 {
      return source
    } else {
      cpixels_scale8(source, target, count, table)
    }
    return UnsafePointer(target)
  }

  private func makeTable(_ header: PNM.Header) {
    let last = header.isText || header.bytesPerSample == 2 ? 65535 : 255
    table = [UInt8](unsafeUninitializedCapacity: last + 1) { entries, count in
      cpixels_scale_table(Int32(header.maximum), Int32(last), entries.baseAddress!)
      count = last + 1
    }
  }
}
