import CPixels
import Codecs
import Recognition

/// Composes the rows of a file from a band: adds the colours that a luma network has not seen, and alpha.
final class BandComposer {
  private let scaler = Rescaler()
  private var source = PixelBuffer(size: PixelSize(width: 1, height: 1), order: .rgb)
  private var colours = PixelBuffer(size: PixelSize(width: 1, height: 1), order: .rgb)
  private var alpha = PixelBuffer(size: PixelSize(width: 1, height: 1), order: .grey)
  private var mixed: [UInt8] = []
  /// Number of rows that are composed at once.
  private static let maxRows = 32

  /// Upper bound of the bytes that it holds for bands of `rows` rows of a picture of `source` pixels enlarged to `size`.
  static func memory(from source: PixelSize, to size: PixelSize, rows: Int) -> Int {
    let rows = min(rows, maxRows)
    // Enlarged colours, enlarged alpha, both in turn, and the colours that they are made from.
    let pixels = size.width * rows * (3 + 1 + 4) + source.width * min(source.height, rows) * 3
    return pixels + Rescaler.memory(from: source, to: size, rows: rows)
  }

  /// Returns false if the run was stopped before the band was written.
  func compose(
    _ band: Band, of job: UpscaleJob, hasAlpha: Bool, comparison: ComparisonSheet?, into writer: StreamingEncoder,
    stop: StopToken
  ) throws(Failure) -> Bool {
    let size = job.outputSize
    let picture = job.picture
    let needsColours = band.pixels.order == .grey && !picture.isGrey
    for y in stride(from: 0, to: band.pixels.size.height, by: Self.maxRows) {
      guard !stop.dropsWaiting else { return false }
      let count = min(Self.maxRows, band.pixels.size.height - y)
      let window = PixelRect(x: 0, y: band.top + y, width: size.width, height: count)
      var rows = band.pixels.base + y * band.pixels.stride
      var channels = band.pixels.order.count
      if needsColours {
        try colour(rows, window, of: picture.pixels, scale: job.scale)
        rows = colours.base
        channels = 3
      }
      comparison?.add(rows, channels: channels, top: window.y, count: count, width: size.width)
      guard hasAlpha, let plane = picture.alpha else {
        try writer.write(rows, stride: size.width * channels, count: count)
        continue
      }
      Self.reserve(&alpha, window.size, .grey)
      try scaler.resize(plane, to: size, window: window, into: alpha.base, stride: alpha.stride)
      let needed = window.size.area * (channels + 1)
      if mixed.count < needed { mixed = [UInt8](repeating: 0, count: needed) }
      try mixed.withUnsafeMutableBufferPointer { mixed throws(Failure) in
        cpixels_interleave(rows, alpha.base, mixed.baseAddress, window.size.area, Int32(channels))
        try writer.write(mixed.baseAddress!, stride: size.width * (channels + 1), count: count)
      }
    }
    return true
  }

  /// Fills `colours` with the picture's colours in `window` of the result, with the network's luma.
  ///
  /// Cr and Cb are enlarged bilinearly in 8 bits, as in OpenCV's dnn_superres.
  private func colour(
    _ brightness: UnsafePointer<UInt8>, _ window: PixelRect, of picture: PixelBuffer, scale: Int
  ) throws(Failure) {
    let isBlueFirst = picture.order == .bgr
    // The rows that the window's are made from, and one more on either side.
    let first = max(0, window.y / scale - 1)
    let end = min(picture.size.height, (window.y + window.height - 1) / scale + 2)
    Self.reserve(&source, PixelSize(width: picture.size.width, height: end - first), picture.order)
    cpixels_ycrcb(picture.base + first * picture.stride, source.base, source.size.area, isBlueFirst)
    Self.reserve(&colours, window.size, picture.order)
    var place = window
    place.y -= first * scale
    let enlarged = PixelSize(width: window.width, height: source.size.height * scale)
    try scaler.resize(
      source, to: enlarged, window: place, into: colours.base, stride: colours.stride, bilinear: true)
    cpixels_recolour(colours.base, brightness, window.size.area, isBlueFirst)
  }

  private static func reserve(_ pixels: inout PixelBuffer, _ size: PixelSize, _ order: ChannelOrder) {
    if pixels.capacity < size.area * order.count {
      pixels = PixelBuffer(size: size, order: order)
    } else {
      pixels.reshape(size: size, order: order)
    }
  }
}
