import CJPEG
import Recognition

/// Decodes JPEG through libjpeg-turbo: rows stream into the resamplers, so that the full picture is never in memory.
final class JPEGDecoder {
  private let limits: DecodeLimits
  let decoder: OpaquePointer
  private let rowBuffer = ScratchBuffer()
  private static let rowsAtOnce = 16

  init(limits: DecodeLimits) {
    self.limits = limits
    guard let decoder = cjpeg_create() else { fatalError("no memory for a JPEG decoder") }
    self.decoder = decoder
  }

  deinit { cjpeg_destroy(decoder) }

  func header(of bytes: UnsafeRawBufferPointer) throws(Failure) -> ImageHeader {
    if let uncommon = UncommonJPEG(ByteReader(bytes)) { return try uncommon.header(of: ByteReader(bytes)) }
    defer { cjpeg_close(decoder) }
    let found = try open(bytes)
    var header = ImageHeader(
      format: .jpeg, storedSize: PixelSize(width: Int(found.width), height: Int(found.height)),
      orientation: Exif.orientation(jpeg: ByteReader(bytes)))
    header.coefficientBytes = found.multiple_scans != 0 ? Int(found.coefficient_bytes) : 0
    header.blockRows = Int(found.block_rows)
    return header
  }

  func decode(_ bytes: UnsafeRawBufferPointer, _ job: DecodeJob) throws(Failure) -> [String] {
    defer { cjpeg_close(decoder) }
    _ = try open(bytes)
    let header = job.header
    let orders = Set(job.targets.map(\.transform.order))
    let order = orders.count == 1 ? orders.first! : .bgr
    let eighths = limits.fullDecode ? 8 : Self.eighths(job)

    // The reduced size is known before decoding starts, so the writers can determine the columns that they need.
    let reduced = PixelSize(
      width: (header.storedSize.width * eighths + 7) / 8, height: (header.storedSize.height * eighths + 7) / 8)
    try job.begin(
      source: reduced,
      extent: (Double(header.storedSize.width * eighths) / 8, Double(header.storedSize.height * eighths) / 8),
      order: order)
    let rows = job.union(\.rows)
    let columns = job.union(\.columns)
    var request = cjpeg_request()
    request.eighths = Int32(eighths)
    request.order = order == .rgb ? cjpeg_rgb : order == .bgr ? cjpeg_bgr : cjpeg_grey
    request.whole_scans = limits.wholeScans ? 1 : 0
    request.x = Int32(columns.lowerBound)
    request.width = Int32(columns.count)
    var output = cjpeg_output()
    try check(cjpeg_start(decoder, &request, &output))
    precondition(Int(output.width) == reduced.width && Int(output.height) == reduced.height)
    try stream(rows: rows, of: reduced.height, output: output, channels: order.count, job: job, eighths: eighths)
    job.finish()
    return warnings()
  }

  private func stream(
    rows: Range<Int>, of height: Int, output: cjpeg_output, channels: Int, job: DecodeJob, eighths: Int
  ) throws(Failure) {
    let streams = job.header.coefficientBytes == 0
    let stride = Int(output.columns) * channels
    let buffer = rowBuffer.reserve(stride * Self.rowsAtOnce)
    var y = 0
    // Two rows of blocks before the window are decoded: smooth upsampling reads neighbouring rows.
    let blockRow = max(1, job.header.blockRows * eighths)
    let skipped = (rows.lowerBound / blockRow - 2) * blockRow
    if streams, skipped > 0 {
      try check(cjpeg_skip(decoder, Int32(skipped)))
      y = skipped
    }
    while y < rows.upperBound {
      let count = min(Self.rowsAtOnce, height - y)
      try check(cjpeg_read(decoder, buffer, stride, Int32(count)))
      job.push(buffer, stride: stride, x: Int(output.x), y: y, count: count)
      y += count
    }
    // The data below the window are read too: an image cut off there is damaged.
    if streams {
      // Skipping to the end reads nothing, so the last row is decoded.
      if y < height {
        try check(cjpeg_skip(decoder, Int32(height - y - 1)))
        try check(cjpeg_read(decoder, buffer, stride, 1))
      }
      try check(cjpeg_finish(decoder))
    }
  }

  /// Reductions by 3, 5, 6 and 7 eighths have no vector code and lose to the next one here. Decode and resize in ms
  /// (one core, q90 4:2:0; 500 x 375 to 256, and to 120; 12 MP to 256), PSNR against full decoding:
  ///
  ///               1/8        2/8        3/8        4/8        5/8     6/8     7/8     8/8
  ///     to 256                                                        1.47    1.54    1.07
  ///     to 120                                     0.8 37 dB                          1.1
  ///     12 MP     28 36 dB   30 47 dB   35 54 dB   32 55 dB   50      53      71      45
  ///     its progressive twin, scans cut short (whole: 110 to 125)
  ///               19 36 dB   25 46 dB   74         67 55 dB   144     149     164     129
  ///
  private static let reductions = [1, 2, 4]

  /// Factor by which a reduced picture must exceed the resized one.
  ///
  /// A reduction to hardly more than the target size blurs. On 42 photos of 0.3 to 18 MP a headroom of 1 gave
  /// mobilenet_v2 another first class than whole decoding on 6, one of 1.5 on 2, and one of 2 on none, for 16 % more
  /// time: the data must be read anyway.
  private static let headroom = 2

  /// The smallest picture, in eighths, that suffices for every transform.
  private static func eighths(_ job: DecodeJob) -> Int {
    let stored = job.header.storedSize
    return reductions.first { eighths in
      job.targets.allSatisfy { target in
        let resized = job.header.orientation.swapsAxes ? target.transform.resized.transposed : target.transform.resized
        return (stored.width * eighths + 7) / 8 >= resized.width * headroom
          && (stored.height * eighths + 7) / 8 >= resized.height * headroom
      }
    } ?? 8
  }

  func open(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> cjpeg_header {
    var bounds = cjpeg_limits()
    bounds.max_scans = Int32(clamping: limits.maxScans)
    bounds.max_warnings = Int32(clamping: limits.maxWarnings)
    bounds.deadline = cjpeg_now() + limits.timeout.nanoseconds
    var header = cjpeg_header()
    try check(
      cjpeg_open(
        decoder, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &bounds, &header))
    return header
  }

  func check(_ status: cjpeg_status) throws(Failure) {
    let code: Failure.Code
    switch status {
    case cjpeg_ok: return
    case cjpeg_truncated: code = .truncated
    case cjpeg_unsupported: code = .unsupported
    case cjpeg_too_many_scans: code = .tooManyScans
    case cjpeg_timeout: code = .timeout
    case cjpeg_out_of_memory: code = .outOfMemory
    default: code = .corrupt
    }
    throw Failure(.decode, code, "jpeg: \(String(cString: cjpeg_message(decoder)))")
  }

  func warnings() -> [String] {
    (0..<4).compactMap { cjpeg_warning(decoder, $0).map { "jpeg: \(String(cString: $0))" } }
  }
}
