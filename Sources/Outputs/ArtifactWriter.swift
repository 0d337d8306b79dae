import Codecs
import Platform
import Recognition
import Synchronization

/// Writes annotated copies, crops, cut-outs and masks.
public final class ArtifactWriter: Annotator {
  /// The folders of each kind; nil: none of that kind.
  public struct Folders: Sendable {
    public var annotate, crops, cutout, masks: RawPath?

    public init(annotate: RawPath?, crops: RawPath?, cutout: RawPath?, masks: RawPath?) {
      (self.annotate, self.crops, self.cutout, self.masks) = (annotate, crops, cutout, masks)
    }

    /// Each folder with its option.
    public var all: [(option: String, folder: RawPath)] {
      [("--annotate", annotate), ("--crops", crops), ("--cutout", cutout), ("--masks", masks)]
        .compactMap { option, folder in folder.map { (option, $0) } }
    }
  }

  private let folders: Folders
  private let tree: InputTree
  private let onExists: OnExists
  /// Whether two inputs may have one name that exists, so that only `written` shows which is the second.
  private let isNameShared: Bool
  /// Names written by this run, if names may be shared.
  private let written = Mutex<Set<RawPath>>([])

  /// Nanoseconds since 1970 at which the run began that this one resumes. Files written since then are its own.
  private let resumesSince: Int64?

  /// `tree` names the files of an input. `namesAreDistinct` if no two inputs have the same name there.
  public init(
    _ folders: Folders, tree: InputTree, onExists: OnExists, namesAreDistinct: Bool, resumesSince: Int64? = nil
  ) {
    self.folders = folders
    self.resumesSince = resumesSince
    self.tree = tree
    self.onExists = onExists
    isNameShared = !namesAreDistinct && (onExists == .skip || onExists == .overwrite)
  }

  /// The files of an input whose names are known before it is recognised: of its crops only the beginning, and one
  /// cut-out and mask.
  public static func names(for input: RawPath, in folders: Folders, tree: InputTree) -> [RawPath] {
    let relative = tree.relative(input)
    var names: [RawPath] = []
    if let folder = folders.annotate { names.append(annotated(relative, in: folder)) }
    if let folder = folders.crops { names.append(folder.appending(relative.bytes)) }
    for folder in [folders.cutout, folders.masks] {
      if let folder { names.append(numbered(relative, nil, "png", in: folder)) }
    }
    return names
  }

  public func annotate(_ outcome: Outcome, _ picture: SourcePicture) -> Outcome {
    guard case .success(var answers) = outcome.result else { return outcome }
    var outcome = outcome
    let relative = Self.relative(outcome, in: tree)
    /// The first failure counts; the other files are written all the same.
    func attempt(_ body: () throws(Failure) -> Void) {
      do throws(Failure) { try body() } catch { outcome.fileFailure = outcome.fileFailure ?? error }
    }
    for (index, answer) in answers.enumerated() {
      switch answer.findings {
      case .detections(let detections):
        for (number, detection) in detections.enumerated() {
          attempt { () throws(Failure) in
            let label = detection.identity?.name ?? detection.label ?? answer.task.rawValue
            guard let file = try crop(detection.box, picture, relative, number + 1, label) else { return }
            outcome.files.crops.append(file)
          }
        }
      case .segments(var segments):
        for number in segments.indices {
          attempt { () throws(Failure) in
            let place = segments.count > 1 ? number + 1 : nil
            let files = try write(segments[number], picture, relative, place)
            if let cutout = files.cutout { outcome.files.cutouts.append(cutout) }
            segments[number].file = files.mask?.description
          }
        }
        answers[index].findings = .segments(segments)
      case .codes(let codes):
        for (number, code) in codes.enumerated() {
          attempt { () throws(Failure) in
            guard let file = try crop(code.box, picture, relative, number + 1, code.format) else { return }
            outcome.files.crops.append(file)
          }
        }
      case .labels, .embedding, .measures, .upscaled: continue
      }
    }
    // Last, as it draws on the picture itself.
    attempt { () throws(Failure) in outcome.files.annotated = try draw(answers, picture, relative) }
    outcome.result = .success(answers)
    return outcome
  }

  // MARK: Files

  private func crop(_ box: Box, _ picture: SourcePicture, _ relative: RawPath, _ number: Int, _ label: String)
    throws(Failure) -> RawPath?
  {
    let pixels = picture.pixels
    let scale = Float(pixels.size.width) / Float(picture.transform.image.width)
    guard let folder = folders.crops, let rect = Self.rect(box, scale: scale, in: pixels.size) else { return nil }
    let path = Self.numbered(relative, number, "jpg", in: folder.appending(FolderName.component(label).bytes))
    return try write(path) { descriptor throws(Failure) in
      try Self.encode(pixels.part(rect), as: .jpeg, quality: 95, picture.metadata, to: descriptor)
    }
  }

  private func write(_ segment: Segment, _ picture: SourcePicture, _ relative: RawPath, _ number: Int?)
    throws(Failure) -> (cutout: RawPath?, mask: RawPath?)
  {
    guard let map = segment.map, folders.cutout != nil || folders.masks != nil else { return (nil, nil) }
    let pixels = picture.pixels
    let cutout = try folders.cutout.map { folder throws(Failure) in
      try write(Self.numbered(relative, number, "png", in: folder)) { descriptor throws(Failure) in
        try Self.encode(pixels, alpha: map, picture.metadata, to: descriptor)
      }
    }
    let mask = try folders.masks.map { folder throws(Failure) in
      try write(Self.numbered(relative, number, "png", in: folder)) { descriptor throws(Failure) in
        try Self.encode(map, size: pixels.size, to: descriptor)
      }
    }
    return (cutout, mask)
  }

  private func draw(_ answers: [Answer], _ picture: SourcePicture, _ relative: RawPath) throws(Failure) -> RawPath? {
    guard let folder = folders.annotate else { return nil }
    FindingsRenderer(on: picture.pixels, image: picture.transform.image).draw(answers)
    return try write(Self.annotated(relative, in: folder)) { descriptor throws(Failure) in
      try Self.encode(picture.pixels, as: .jpeg, quality: 92, picture.metadata, to: descriptor)
    }
  }

  /// Writes a file all or nothing. Returns its name, which differs from `path` with `--on-exists rename`.
  private func write(_ path: RawPath, _ body: (Int32) throws(Failure) -> Void) throws(Failure) -> RawPath {
    if isNameShared, !written.withLock({ $0.insert(path).inserted }) {
      throw .sharedName(path)
    }
    if onExists == .skip, AtomicFile.exists(path) { return path }
    let file = try AtomicFile(output: path)
    try body(file.descriptor)
    do throws(Failure) { return try file.commit(output: isOwn(path) ? .overwrite : onExists) } catch {
      guard error.code == .exists, onExists == .skip else { throw error }
      return path
    }
  }

  /// Whether the file at `path` was written by the run that is resumed, and lacks only its record.
  private func isOwn(_ path: RawPath) -> Bool {
    var status = stat()
    guard let resumesSince, onExists == .error, LongPath.examine(path, follow: false, &status) == 0,
      LongPath.kind(status) == S_IFREG
    else { return false }
    return nanoseconds(status).modified >= resumesSince
  }

  /// Encodes a picture with the metadata of its file, turned upright.
  private static func encode(
    _ pixels: PixelBuffer, as kind: EncodedFormat, quality: Int, _ metadata: ImageMetadata, to descriptor: Int32
  ) throws(Failure) {
    var metadata = metadata
    _ = metadata.adapt(to: pixels.size, isGrey: pixels.order == .grey)
    let encoder = try StreamingEncoder(
      kind, size: pixels.size, order: pixels.order, hasAlpha: false, quality: quality, metadata: metadata,
      descriptor: descriptor)
    try encoder.write(pixels.base, stride: pixels.stride, count: pixels.size.height)
    try encoder.finish()
  }

  /// Encodes a picture as PNG, transparent where `alpha` is 0.
  private static func encode(
    _ pixels: PixelBuffer, alpha: SoftMask, _ metadata: ImageMetadata, to descriptor: Int32
  ) throws(Failure) {
    var metadata = metadata
    _ = metadata.adapt(to: pixels.size, isGrey: pixels.order == .grey)
    let encoder = try StreamingEncoder(
      .png, size: pixels.size, order: pixels.order, hasAlpha: true, quality: 100, metadata: metadata,
      descriptor: descriptor)
    let (width, channels) = (pixels.size.width, pixels.order.count)
    var opacity = [UInt8](repeating: 0, count: width)
    var row = [UInt8](repeating: 0, count: width * (channels + 1))
    for y in 0..<pixels.size.height {
      let source = pixels.base + y * pixels.stride
      opacity.withUnsafeMutableBufferPointer { alpha.row(y, of: pixels.size, into: $0) }
      for x in 0..<width {
        for channel in 0..<channels { row[x * (channels + 1) + channel] = source[x * channels + channel] }
        row[x * (channels + 1) + channels] = opacity[x]
      }
      try encoder.write(row, stride: row.count, count: 1)
    }
    try encoder.finish()
  }

  /// Encodes a mask as a grey PNG of `size`.
  private static func encode(_ mask: SoftMask, size: PixelSize, to descriptor: Int32) throws(Failure) {
    let encoder = try StreamingEncoder(
      .png, size: size, order: .grey, hasAlpha: false, quality: 100, metadata: ImageMetadata(), descriptor: descriptor)
    var row = [UInt8](repeating: 0, count: size.width)
    for y in 0..<size.height {
      row.withUnsafeMutableBufferPointer { mask.row(y, of: size, into: $0) }
      try encoder.write(row, stride: size.width, count: 1)
    }
    try encoder.finish()
  }

  // MARK: Names

  /// The input's path in the folders; that of a page ends with its number: "a/b.tif-p2".
  private static func relative(_ outcome: Outcome, in tree: InputTree) -> RawPath {
    let file = tree.relative(outcome.path)
    guard let page = outcome.page else { return file }
    return RawPath(file.bytes + Array("-p\(page.number)".utf8))
  }

  private static func annotated(_ relative: RawPath, in folder: RawPath) -> RawPath {
    let isJPEG = relative.fileExtension.map(ImageFormat.jpeg.extensions.contains) ?? false
    return folder.appending(RawPath(relative.bytes + (isJPEG ? [] : Array(".jpg".utf8))).fittingFileSystems().bytes)
  }

  /// "a/b.png" -> "FOLDER/a/b.png-2.jpg".
  private static func numbered(_ relative: RawPath, _ number: Int?, _ ending: String, in folder: RawPath) -> RawPath {
    let suffix = (number.map { "-\($0)" } ?? "") + ".\(ending)"
    // The number is added after cutting: crops of one image keep their names apart.
    let longest = RawPath(relative.bytes + Array("-00000.\(ending)".utf8)).fittingFileSystems()
    let isCut = longest.bytes.count != relative.bytes.count + 7 + ending.utf8.count
    guard isCut else { return folder.appending(relative.bytes + Array(suffix.utf8)) }
    return folder.appending(longest.bytes.dropLast(ending.utf8.count + 1) + Array(suffix.utf8))
  }

  private static func rect(_ box: Box, scale: Float, in size: PixelSize) -> PixelRect? {
    let left = max(0, Int((box.x * scale).rounded(.down)))
    let top = max(0, Int((box.y * scale).rounded(.down)))
    let right = min(size.width, Int(((box.x + box.width) * scale).rounded(.up)))
    let bottom = min(size.height, Int(((box.y + box.height) * scale).rounded(.up)))
    guard right > left, bottom > top else { return nil }
    return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
  }
}
