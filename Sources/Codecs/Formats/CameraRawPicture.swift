import Recognition

/// How the picture of a camera raw file is decoded: from its embedded preview, or from the sensor's data through LibRaw.
struct CameraRawPicture: Sendable {
  /// A preview with a shorter long side is a thumbnail: it is not taken for the picture.
  static let smallSide = 320
  /// A preview with such a long side suffices for every network.
  static let ampleSide = 1000
  /// Relative difference of shapes up to which a preview shows the whole picture. Sensors' borders make up to 2 %.
  static let shapeTolerance = 0.03
  /// Mean sample up to which a row or column is part of a black bar: JPEG leaves traces of the picture's edge.
  private static let barLevel = 24
  /// Embedded pictures that are opened, from the largest on.
  private static let maxTrials = 4

  struct Preview: Sendable {
    var range: Range<Int>
    var size: PixelSize
    /// The picture within black bars; nil if there are none.
    var picture: PixelRect?
    fileprivate(set) var coefficientBytes = 0
    fileprivate(set) var blockRows = 1

    /// The header by which the preview is decoded.
    func header(_ orientation: Orientation) -> ImageHeader {
      var header = ImageHeader(format: .jpeg, storedSize: size, orientation: orientation)
      header.coefficientBytes = coefficientBytes
      header.blockRows = blockRows
      return header
    }

    /// Size of what shows the camera's picture.
    var shown: PixelSize { picture?.size ?? size }
    var isSmall: Bool { max(size.width, size.height) < CameraRawPicture.smallSide }
    var isAmple: Bool { max(size.width, size.height) >= CameraRawPicture.ampleSide }
  }

  var kind: CameraRawKind?
  var preview: Preview?
  /// Whether the sensor's data show the same part of the scene as the preview.
  var sensorHasShape = true

  var name: String { kind?.rawValue ?? ImageFormat.raw.rawValue }

  /// Reads the header of a raw file: the size and orientation are those of the camera's picture.
  ///
  /// Throws `truncated` and `unsupported` if neither is known.
  static func header(of file: ByteReader, _ decoder: JPEGDecoder) throws(Failure) -> ImageHeader {
    let raw = CameraRaw(file)
    var picture = CameraRawPicture(kind: raw.kind)
    picture.preview = openPreview(raw, file, decoder)
    var orientation = raw.orientation ?? .upright
    let shown = picture.preview.flatMap { $0.isSmall ? nil : $0.size }
    guard var frame = raw.size ?? shown else {
      let cut = raw.isCut || file.count < 4096
      throw Failure(
        .decode, cut ? .truncated : .unsupported,
        cut ? "\(picture.name): the file ends before its pictures" : "\(picture.name): no picture is found in it")
    }
    var exact = raw.sizeIsExact
    if let shown, shown.shape(as: frame.transposed) < shown.shape(as: frame) - shapeTolerance {
      // The preview is stored upright, unlike the sensor's data.
      frame = frame.transposed
      orientation = .upright
    }
    if var preview = picture.preview, !preview.isSmall, preview.size.shape(as: frame) > shapeTolerance {
      preview.picture = try? bars(around: frame, in: preview, file, decoder)
      if preview.picture == nil {
        // The camera cut its picture from the sensor's, as for another aspect ratio.
        frame = preview.size
        exact = true
        picture.sensorHasShape = false
      }
      picture.preview = preview
    }
    if let shown, !exact, shown.isAlmost(frame) { frame = shown }
    var header = ImageHeader(format: .raw, storedSize: frame, orientation: orientation)
    if raw.isCut { header.warnings.append("\(picture.name): the file ends within the sensor's data") }
    header.raw = picture
    return header
  }

  /// The largest embedded picture whose header is sound.
  private static func openPreview(_ raw: CameraRaw, _ file: ByteReader, _ decoder: JPEGDecoder) -> Preview? {
    for (range, _) in raw.previews(in: file).prefix(maxTrials) {
      guard let header = try? decoder.header(of: file[range].bytes) else { continue }
      return Preview(
        range: range, size: header.storedSize, coefficientBytes: header.coefficientBytes, blockRows: header.blockRows)
    }
    return nil
  }

  /// The part of a preview that has the shape of `frame`, if what is around it is black.
  private static func bars(
    around frame: PixelSize, in preview: Preview, _ file: ByteReader, _ decoder: JPEGDecoder
  ) throws(Failure) -> PixelRect? {
    // A grey square is enough to see them, and cheap by the reduction of JPEG.
    let side = 256
    let spec = InputSpec(
      width: side, height: side, resize: .init(rule: .stretch), channels: .grey, mean: [0], scale: [1])
    let slot = PixelBuffer(size: PixelSize(width: side, height: side), order: .grey)
    let job = DecodeJob(
      header: preview.header(.upright), targets: [(spec.transform(of: preview.size), slot)], writers: [SlotWriter()])
    _ = try decoder.decode(file[preview.range].bytes, job)
    let size = preview.size
    let ratio = Double(frame.width) / Double(frame.height) * Double(size.height) / Double(size.width)
    // Bars above and below if the picture is wider than the preview.
    let isWider = ratio > 1
    let share = (1 - (isWider ? 1 / ratio : ratio)) / 2
    let count = Int(share * Double(side))
    guard count > 0 else { return nil }
    for line in Array(0..<count) + Array(side - count..<side) {
      let sum = (0..<side).reduce(0) {
        $0 + Int(slot.base[isWider ? line * slot.stride + $1 : $1 * slot.stride + line])
      }
      guard sum <= barLevel * side else { return nil }
    }
    let (x, y) =
      isWider ? (0, Int((share * Double(size.height)).rounded())) : (Int((share * Double(size.width)).rounded()), 0)
    let picture = PixelRect(x: x, y: y, width: size.width - 2 * x, height: size.height - 2 * y)
    return min(picture.width, picture.height) >= smallSide / 2 ? picture : nil
  }
}

extension PixelSize {
  /// How much the ratio of the sides differs from that of another size, relative to it.
  fileprivate func shape(as other: PixelSize) -> Double {
    let ratio = Double(width) * Double(other.height) / (Double(height) * Double(other.width))
    return ratio > 1 ? ratio - 1 : 1 / ratio - 1
  }

  /// Whether the size is that of a picture without the borders of a sensor of size `sensor`.
  fileprivate func isAlmost(_ sensor: PixelSize) -> Bool {
    let range = 0.93...1.02
    return range.contains(Double(width) / Double(sensor.width))
      && range.contains(Double(height) / Double(sensor.height))
  }
}
