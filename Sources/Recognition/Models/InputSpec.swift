/// The input of a network. A sample `x` (0 to 255) becomes `(x - mean) * scale`.
public struct InputSpec: Sendable, Codable, Hashable {
  /// Name of the input, if the file has more than one.
  public var name: String?
  public var width: Int
  public var height: Int
  public var resize: ResizeRule
  public var filter: InputTransform.Filter
  public var layout: Layout
  public var channels: ChannelOrder
  /// One per channel, in the order of `channels`, in units of 0 to 255.
  public var mean: [Float]
  /// One per channel, in the order of `channels`.
  public var scale: [Float]
  /// Quality (1 to 100) at which the resized and cropped picture is encoded as JPEG and decoded again before the network
  /// gets it, as it was when the network was trained; nil: it is not.
  public var jpegQuality: Int?

  enum CodingKeys: String, CodingKey {
    case name, width, height, resize, filter, layout, channels, mean, scale
    case jpegQuality = "jpeg_quality"
  }

  public enum Layout: String, Sendable, Codable, CaseIterable { case nchw, nhwc }

  public struct ResizeRule: Sendable, Codable, Hashable {
    public var rule: Rule
    /// `short_side`: its length before the crop. `stretch`: both sides before the crop; nil: no crop. `fit`: maximum
    /// length of the long side. `page`: maximum length of the short side, but half of it is always kept.
    public var side: Int?
    /// `letterbox`, `fit`: the sample value around the picture.
    public var pad: UInt8?
    /// `letterbox`: whether the picture is centred or at the upper left.
    public var anchor: Anchor?
    /// `fit`, `letterbox`: divisor of width and height. A `letterbox` without it is padded to `width` x `height`; with it,
    /// it is trimmed to the first multiple that leaves `margin`.
    public var multiple: Int?
    /// Trimmed `letterbox`: minimum number of padded columns, or rows, beside a picture that does not fill `width`, or
    /// `height`; nil: 0.
    public var margin: Int?
    /// `line`: whether the multiple doubles with each doubling of the width from 8 times it on, so that lines of all
    /// lengths give few shapes: OpenVINO keeps some 6 MB for each. From 8 times on, receipts take as much time with ONNX
    /// Runtime as from 16 times on; from 4 times on they take 15 % more.
    public var coarse: Bool?
    /// `line`: factor of the width of long lines, which are read again without it where the reading is uncertain.
    public var condensed: Double?
    /// `snap`, `page`: minimum length of the short side.
    public var least: Int?
    /// `fit`: side of a square, smaller copy that is searched for objects too large at the picture's own scale, a multiple
    /// of `multiple` (`Overview`); nil: none.
    public var overview: Int?
    /// `page`: whether the page is first looked at with half its sides, and at its own scale where that does not suffice.
    public var halved: Bool?

    public enum Rule: String, Sendable, Codable, CaseIterable {
      /// Short side to `side`, then the centre `width` x `height` (ImageNet's usual evaluation).
      case shortSide = "short_side"
      /// To `width` x `height`, whatever the aspect; with `side`, to `side` x `side` and then the centre (Caffe's usual
      /// evaluation).
      case stretch
      /// Inside `width` x `height` with the aspect kept, padded to that, or with `multiple` to less, as Ultralytics' own
      /// inference does: few shapes.
      case letterbox
      /// Long side to at most `side`, never enlarged, padded to a multiple: any shape.
      case fit
      /// Short side to at least `least`, long side to at most `side`, then both stretched to the nearest multiple: any
      /// shape.
      case snap
      /// To `height` and as wide as that makes it, at most `side`, padded on the right to at least `width` and to a
      /// multiple: lines of text.
      case line
      /// Short side to at least `least` (enlarged by at most 3) and at most `side` (never to less than a half): any shape,
      /// which the network reads in pieces with a margin (`PagePieces`).
      case page
      /// As it is, whole or in tiles of `width` x `height`: any shape.
      case native
    }

    public enum Anchor: String, Sendable, Codable, CaseIterable { case centre, corner }

    public init(
      rule: Rule, side: Int? = nil, pad: UInt8? = nil, anchor: Anchor? = nil, multiple: Int? = nil,
      margin: Int? = nil, least: Int? = nil, overview: Int? = nil
    ) {
      self.rule = rule
      self.side = side
      self.pad = pad
      self.anchor = anchor
      self.multiple = multiple
      self.margin = margin
      self.least = least
      self.overview = overview
    }
  }

  public init(
    name: String? = nil, width: Int, height: Int, resize: ResizeRule, filter: InputTransform.Filter = .area,
    layout: Layout = .nchw, channels: ChannelOrder, mean: [Float], scale: [Float]
  ) {
    self.name = name
    self.width = width
    self.height = height
    self.resize = resize
    self.filter = filter
    self.layout = layout
    self.channels = channels
    self.mean = mean
    self.scale = scale
  }

  /// Whether every image gives the same shape.
  public var hasFixedShape: Bool {
    switch resize.rule {
    case .shortSide, .stretch: true
    case .letterbox: !isTrimmed
    case .fit, .snap, .page, .native: false
    case .line: resize.side == width
    }
  }

  /// Whether letterboxes are trimmed: they end soon after the picture.
  public var isTrimmed: Bool { resize.rule == .letterbox && resize.multiple != nil }

  /// The input with letterboxes of one shape.
  public var untrimmed: InputSpec {
    guard isTrimmed else { return self }
    var input = self
    (input.resize.multiple, input.resize.margin) = (nil, nil)
    return input
  }

  /// Pixels of the largest input. `native` networks are given tiles of `width` x `height`.
  public var largestArea: Int {
    switch resize.rule {
    case .shortSide, .stretch, .letterbox, .native: return width * height
    case .fit, .snap:
      let side = resize.side ?? max(width, height)
      return side * side
    case .page: return PagePieces.maxArea
    case .line: return max(width, resize.side ?? width) * height
    }
  }

  /// The transform of an upright image of size `image` (both sides at least 1) into a slot.
  public func transform(of image: PixelSize) -> InputTransform {
    var transform = geometry(of: image)
    transform.jpegQuality = jpegQuality
    return transform
  }

  private func geometry(of image: PixelSize) -> InputTransform {
    let slot = PixelSize(width: width, height: height)
    switch resize.rule {
    case .shortSide:
      let side = resize.side ?? min(width, height)
      let factor = Double(side) / Double(min(image.width, image.height))
      let resized = PixelSize(
        width: max(width, Self.round(Double(image.width) * factor)),
        height: max(height, Self.round(Double(image.height) * factor)))
      let window = PixelRect(
        x: (resized.width - width) / 2, y: (resized.height - height) / 2, width: width, height: height)
      return InputTransform(image: image, resized: resized, window: window, slot: slot, order: channels, filter: filter)
    case .native: return .whole(image, order: channels)
    case .stretch:
      guard let side = resize.side else { return whole(image, resized: slot, slot: slot) }
      let resized = PixelSize(width: max(width, side), height: max(height, side))
      let window = PixelRect(
        x: (resized.width - width) / 2, y: (resized.height - height) / 2, width: width, height: height)
      return InputTransform(image: image, resized: resized, window: window, slot: slot, order: channels, filter: filter)
    case .letterbox:
      let factor = min(Double(width) / Double(image.width), Double(height) / Double(image.height))
      let resized = PixelSize(
        width: min(width, max(1, Self.round(Double(image.width) * factor))),
        height: min(height, max(1, Self.round(Double(image.height) * factor))))
      let slot = PixelSize(width: letterbox(resized.width, in: width), height: letterbox(resized.height, in: height))
      let centred = resize.anchor != .corner
      return whole(
        image, resized: resized, slot: slot,
        offset: centred ? ((slot.width - resized.width) / 2, (slot.height - resized.height) / 2) : (0, 0))
    case .fit:
      let multiple = resize.multiple ?? 1
      let factor = min(1, Double(resize.side ?? max(width, height)) / Double(max(image.width, image.height)))
      let resized = PixelSize(
        width: max(1, Self.round(Double(image.width) * factor)),
        height: max(1, Self.round(Double(image.height) * factor)))
      let padded = PixelSize(
        width: Self.padded(resized.width, multiple), height: Self.padded(resized.height, multiple))
      return whole(image, resized: resized, slot: padded)
    case .snap:
      let multiple = resize.multiple ?? 1
      let (short, long) = (Double(min(image.width, image.height)), Double(max(image.width, image.height)))
      let factor = min(max(1, Double(resize.least ?? 1) / short), Double(resize.side ?? max(width, height)) / long)
      let snapped = { (side: Int) in
        // PaddleOCR cuts to whole pixels first, and rounds halves to even.
        max(1, Int((Double(Int(Double(side) * factor)) / Double(multiple)).rounded(.toNearestOrEven))) * multiple
      }
      let size = PixelSize(width: snapped(image.width), height: snapped(image.height))
      return whole(image, resized: size, slot: size)
    case .page:
      let page = pageSize(of: image)
      return whole(image, resized: page, slot: page)
    case .line:
      let multiple = resize.multiple ?? 1
      let ratio = Double(height) * Double(image.width) / Double(image.height)
      let wide = max(min(ratio, Self.shortLine), ratio * (resize.condensed ?? 1)).rounded(.up)
      let resized = PixelSize(width: max(1, Int(min(wide, Double(resize.side ?? 16384)))), height: height)
      let padded = max(width, Self.padded(resized.width, multiple, coarse: resize.coarse ?? false))
      return whole(image, resized: resized, slot: PixelSize(width: padded, height: height))
    }
  }

  /// Width of a line up to which it is not condensed: short lines of receipts are read again so often that it saves
  /// nothing.
  private static let shortLine = 320.0

  /// The input without condensed lines; nil if it has none.
  public var uncondensed: InputSpec? {
    guard resize.condensed != nil else { return nil }
    var input = self
    input.resize.condensed = nil
    return input
  }

  /// The letterbox's side, at most `side`, for a picture's side `length`.
  private func letterbox(_ length: Int, in side: Int) -> Int {
    guard let multiple = resize.multiple, length < side else { return side }
    return min(side, Self.padded(length + (resize.margin ?? 0), multiple))
  }

  private static func padded(_ width: Int, _ multiple: Int, coarse: Bool = false) -> Int {
    var step = multiple
    while coarse, 8 * step < width { step *= 2 }
    return (width + step - 1) / step * step
  }

  /// Pixels of the largest page.
  private static let maxPage = 1 << 25

  private func pageSize(of image: PixelSize) -> PixelSize {
    let short = Double(min(image.width, image.height))
    let enlarged = min(3, max(1, Double(resize.least ?? 1) / short))
    let reduced = min(1, max(0.5, Double(resize.side ?? 1 << 20) / short))
    let factor = min(enlarged * reduced, (Double(Self.maxPage) / Double(image.area)).squareRoot())
    let side = { (length: Int) in max(1, Int((Double(length) * factor).rounded(.down))) }
    return PixelSize(width: side(image.width), height: side(image.height))
  }

  private func whole(_ image: PixelSize, resized: PixelSize, slot: PixelSize, offset: (x: Int, y: Int) = (0, 0))
    -> InputTransform
  {
    InputTransform(
      image: image, resized: resized,
      window: PixelRect(x: 0, y: 0, width: resized.width, height: resized.height), slot: slot, offset: offset,
      pad: resize.pad ?? 0, order: channels, filter: filter)
  }

  private static func round(_ value: Double) -> Int { Int(value.rounded()) }
}
