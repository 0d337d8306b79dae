import Codecs
import Recognition

/// A comparison on one sheet: at the left the full picture, in which frames show what lies beside it; then the most
/// detailed part of the bicubic enlargement and of the result, and below each its own, four times larger. Each has a
/// caption.
final class ComparisonSheet {
  private let picture: PixelBuffer
  private let scale: Int
  private let name: String
  private let model: String
  private let size: PixelSize
  /// What the panels show, in pixels of the result.
  private let part: PixelRect
  /// What they show four times larger, in pixels of the part.
  private let inner: PixelRect
  private let result: PixelBuffer

  private static let maxSide = 480
  private static let zoom = 4
  private static let gap = 8
  /// Height of the captions' letters, and of their lines.
  private static let letters = 16
  private static let captionHeight = 24
  /// Width of a panel and its caption where the picture is small.
  private static let minWidth = 240

  /// `name` is that of the file.
  init(_ picture: PixelBuffer, scale: Int, name: String, model: String) {
    self.picture = picture
    self.scale = scale
    self.name = name
    self.model = model
    size = PixelSize(width: picture.size.width * scale, height: picture.size.height * scale)
    let (room, side) = (picture.size, Self.maxSide / scale)
    let window = picture.mostDetailed(
      PixelSize(width: min(side, room.width), height: min(side, room.height)),
      in: PixelRect(x: 0, y: 0, width: room.width, height: room.height))
    let zoomed = PixelSize(width: max(1, window.width / Self.zoom), height: max(1, window.height / Self.zoom))
    let detail = picture.mostDetailed(zoomed, in: window)
    let shown = PixelSize(width: window.width * scale, height: window.height * scale)
    let (across, down) = (shown.width / Self.zoom, shown.height / Self.zoom)
    part = PixelRect(x: window.x * scale, y: window.y * scale, width: shown.width, height: shown.height)
    inner = PixelRect(
      x: min((detail.x - window.x) * scale, shown.width - across),
      y: min((detail.y - window.y) * scale, shown.height - down), width: across, height: down)
    result = PixelBuffer(size: part.size, order: picture.order)
  }

  /// Copies the rows of the result that it shows.
  func add(_ rows: UnsafePointer<UInt8>, channels: Int, top: Int, count: Int, width: Int) {
    precondition(channels == result.order.count)
    for y in max(top, part.y)..<max(top, part.y, min(top + count, part.y + part.height)) {
      let from = rows + ((y - top) * width + part.x) * channels
      (result.base + (y - part.y) * result.stride).update(from: from, count: result.stride)
    }
  }

  func write(to descriptor: Int32) throws(Failure) {
    let sheet = try draw()
    let writer = try StreamingEncoder(
      .png, size: sheet.size, order: sheet.order, hasAlpha: false, quality: 0, metadata: ImageMetadata(),
      descriptor: descriptor)
    try writer.write(sheet.base, stride: sheet.stride, count: sheet.size.height)
    try writer.finish()
  }

  func draw() throws(Failure) -> PixelBuffer {
    let plain = PixelBuffer(size: part.size, order: picture.order)
    try Rescaler().resize(picture, to: size, window: part, into: plain.base, stride: plain.stride)
    let view = try fullView(in: PixelSize(width: Self.maxSide, height: 2 * part.height + Self.gap))
    let columns = [view.size.width, part.width, part.width].map { max(Self.minWidth, $0) }
    let height = Self.captionHeight + max(view.size.height + 2 * Self.captionHeight, 2 * part.height + Self.gap)
    let sheet = PixelBuffer(
      size: PixelSize(width: columns.reduce(2 * Self.gap, +), height: height), order: picture.order)
    sheet.bytes.update(repeating: 255)
    copy(view, zoom: 1, on: sheet, x: 0, y: Self.captionHeight)
    caption(name, on: sheet, x: 0, y: 0, width: columns[0])
    let below = [
      "\(picture.size.width) x \(picture.size.height) to \(size.width) x \(size.height)",
      "frames: the parts beside it, the inner one x\(Self.zoom)",
    ]
    for (row, text) in below.enumerated() {
      let y = view.size.height + (row + 1) * Self.captionHeight
      caption(text, on: sheet, x: 0, y: y, width: columns[0])
    }
    for (column, panel) in [plain, result].enumerated() {
      let left = columns[...column].reduce(0) { $0 + $1 + Self.gap }
      let title = column == 0 ? "input, bicubic x\(scale)" : model.hasSuffix("x\(scale)") ? model : "\(model) x\(scale)"
      caption(title, on: sheet, x: left, y: 0, width: columns[column + 1])
      copy(panel, zoom: 1, on: sheet, x: left, y: Self.captionHeight)
      copy(panel, zoom: Self.zoom, on: sheet, x: left, y: Self.captionHeight + part.height + Self.gap)
    }
    return sheet
  }

  /// The whole picture, not larger than `room` and than the result, with a frame for each of the two panels.
  private func fullView(in room: PixelSize) throws(Failure) -> PixelBuffer {
    let ratio = min(
      1, Double(room.width) / Double(size.width), Double(room.height) / Double(size.height))
    let view = PixelBuffer(
      size: PixelSize(
        width: max(1, Int(Double(size.width) * ratio)), height: max(1, Int(Double(size.height) * ratio))),
      order: picture.order)
    try Rescaler().resize(
      picture, to: view.size, window: PixelRect(x: 0, y: 0, width: view.size.width, height: view.size.height),
      into: view.base, stride: view.stride)
    for shown in [PixelRect(x: 0, y: 0, width: part.width, height: part.height), inner] {
      let left = Int(Double(part.x + shown.x) * ratio)
      let top = Int(Double(part.y + shown.y) * ratio)
      let right = Int((Double(part.x + shown.x + shown.width) * ratio).rounded(.up))
      let bottom = Int((Double(part.y + shown.y + shown.height) * ratio).rounded(.up))
      // White between black shows on any ground.
      for (inset, grey) in [(0, UInt8(0)), (1, 255), (2, 0)] {
        frame(
          PixelRect(x: left + inset, y: top + inset, width: right - left - 2 * inset, height: bottom - top - 2 * inset),
          grey, on: view)
      }
    }
    return view
  }

  /// A line of one pixel inside the border of `rect`.
  private func frame(_ rect: PixelRect, _ grey: UInt8, on target: PixelBuffer) {
    guard rect.width > 0, rect.height > 0 else { return }
    let samples = [UInt8](repeating: grey, count: target.order.count)
    let (right, bottom) = (rect.x + rect.width - 1, rect.y + rect.height - 1)
    target.fill(PixelRect(x: rect.x, y: rect.y, width: rect.width, height: 1), samples)
    target.fill(PixelRect(x: rect.x, y: bottom, width: rect.width, height: 1), samples)
    target.fill(PixelRect(x: rect.x, y: rect.y, width: 1, height: rect.height), samples)
    target.fill(PixelRect(x: right, y: rect.y, width: 1, height: rect.height), samples)
  }

  private func caption(_ text: String, on sheet: PixelBuffer, x: Int, y: Int, width: Int) {
    guard let line = TextRenderer(text, pixels: Self.letters, width: width) else { return }
    line.draw(on: sheet, x: x, y: y + (Self.captionHeight - line.size.height) / 2, ink: 0)
  }

  /// What `panel` shows, each pixel `zoom` times as large, filling the panel's own size.
  private func copy(_ panel: PixelBuffer, zoom: Int, on sheet: PixelBuffer, x: Int, y: Int) {
    let channels = panel.order.count
    let (width, height) = (panel.size.width, panel.size.height)
    let (left, top) = zoom == 1 ? (0, 0) : (inner.x, inner.y)
    for row in 0..<height {
      let from = panel.base + min(top + row / zoom, height - 1) * panel.stride
      let to = sheet.base + (y + row) * sheet.stride + x * channels
      for column in 0..<width {
        let source = min(left + column / zoom, width - 1) * channels
        for c in 0..<channels { to[column * channels + c] = from[source + c] }
      }
    }
  }
}
