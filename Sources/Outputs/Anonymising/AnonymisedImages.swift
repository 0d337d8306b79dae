import Codecs
import Platform
import Recognition
import Records

/// The images of a run of `anonymise`, gathered from all its records before the first copy is made: an image may have one
/// record of its faces and another of its plates.
public struct AnonymisedImages {
  /// An image with what its records say.
  public struct Image: Sendable {
    /// The path in the records.
    public let path: RawPath
    /// Absolute path of the file.
    public let source: RawPath
    /// Path of the copy below the output folder, before the ending of another format.
    let relative: RawPath
    /// Path of the copy.
    public internal(set) var output: RawPath
    public internal(set) var parts: [HiddenPart] = []
    /// Number of findings that are hidden, by task.
    public internal(set) var counts: [TaskKind: Int] = [:]
    /// The tasks that its records have.
    var tasks: Set<TaskKind> = []
    /// "sha256:" and hexadecimal digits; nil if no record has it.
    public internal(set) var digest: String?
    /// Size of the upright picture in which the findings are.
    public internal(set) var size: PixelSize?
    /// Number of its pixels; 0 if its size is unknown or has no such number.
    public var pixels: Int {
      guard let size else { return 0 }
      let (area, overflow) = size.width.multipliedReportingOverflow(by: size.height)
      return overflow ? 0 : area
    }
    /// Whether the picture was damaged when it was recognised.
    public internal(set) var isDamaged = false
    var format: ImageFormat?
    /// Why there is no copy, whatever other records say.
    var refusal: String?
    /// Why it was not recognised, if it was not.
    var failure: String?

    /// Why there is no copy; nil if there may be one.
    public internal(set) var problem: String?
  }

  private let rule: HidingRule
  private let folder: RawPath
  private let originals: RecordImages
  private let tree: InputTree
  private var indices: [RawPath: Int] = [:]
  /// In the order of their first records.
  public private(set) var images: [Image] = []
  /// The tasks that occur in the records, among those of the rule.
  public private(set) var tasks: Set<TaskKind> = []
  /// Labels of objects that occur.
  public private(set) var labels: Set<String> = []

  /// `folder` gets the copies; paths below the folder of `originals` keep their tree there.
  public init(_ rule: HidingRule, folder: RawPath, originals: RecordImages) {
    self.rule = rule
    self.folder = folder
    self.originals = originals
    tree = InputTree(roots: [originals.root])
  }

  /// Takes a record over.
  public mutating func add(_ record: StoredRecord) {
    let source = originals.path(of: record)
    let relative = tree.relative(record.path)
    // `a.jpg` and `./a.jpg` are one image.
    let key = originals.root.appending(relative.bytes)
    let index = indices[key] ?? images.count
    if index == images.count {
      indices[key] = index
      images.append(
        Image(path: record.path, source: source, relative: relative, output: folder.appending(relative.bytes)))
    }
    var image = images[index]
    take(record, into: &image)
    images[index] = image
  }

  private mutating func take(_ record: StoredRecord, into image: inout Image) {
    if !record.isOK, record.answers.isEmpty {
      image.failure = record.failure.map { "it was not recognised: \($0.message)" } ?? "it was not recognised"
      return
    }
    if let format = record.format { image.format = ImageFormat.recorded(format)?.format }
    if record.page != nil || record.pages ?? 1 > 1 {
      image.refusal = "it has several pages or frames, and only one can be copied"
    }
    if let digest = record.digest {
      if let other = image.digest, other != digest {
        image.refusal = "its records are of different contents; scan it again"
      }
      image.digest = digest
    }
    if let size = record.size { image.size = size }
    image.isDamaged = image.isDamaged || !record.warnings.isEmpty
    for (task, findings) in record.answers where rule.tasks.contains(task) {
      if record.cache == "similar", task.isSharedBySimilarImages {
        image.refusal = "its objects are those of a similar image; scan without --similar"
      }
      tasks.insert(task)
      labels.formUnion(HidingRule.labels(of: findings))
      var parts = rule.parts(task, findings)
      // A record that is given twice.
      if !image.tasks.insert(task).inserted { parts.removeAll(where: image.parts.contains) }
      image.parts += parts
      image.counts[task, default: 0] += parts.count
    }
  }

  // MARK: Planning

  /// Decides which images get a copy, and under which name. An image without a record of one of the `required` tasks gets
  /// none: what was not looked for may be there.
  public mutating func plan(required: [TaskKind]) {
    for index in images.indices {
      var image = images[index]
      image.problem = problem(of: &image, required)
      images[index] = image
      guard image.problem == nil, let format = image.format,
        !PictureAnonymiser.keepsFormat(format)
      else { continue }
      let ending = PictureAnonymiser.target(of: format).fileExtension
      images[index].output = RawPath(folder.appending(images[index].relative.bytes).bytes + Array(".\(ending)".utf8))
    }
    for index in images.indices { images[index].output = images[index].output.fittingFileSystems() }
  }

  private func problem(of image: inout Image, _ required: [TaskKind]) -> String? {
    if let problem = originals.problem(of: image.source) { return problem }
    if let refusal = image.refusal { return refusal }
    if image.tasks.isEmpty, let failure = image.failure { return failure }
    let missing = required.filter { !image.tasks.contains($0) }.map(\.rawValue)
    if !missing.isEmpty {
      return "no record of it has \(missing.joined(separator: " and ")); scan it with --task "
        + required.map(\.rawValue).joined(separator: ",")
    }
    if image.format == nil { image.format = Self.format(of: image.source) }
    return image.format == nil ? "it is not an image" : nil
  }

  /// The format of a file, by its first bytes.
  private static func format(of path: RawPath) -> ImageFormat? {
    guard case .descriptor(let descriptor) = LongPath.open(path, O_RDONLY) else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { block in
      let count = retrying { read(descriptor, block.baseAddress, block.count) }
      return count > 0 ? FormatSniffer.format(of: UnsafeRawBufferPointer(rebasing: block[..<count])) : nil
    }
  }

  /// Throws if a copy would fall on an image of the records or on another copy, or, without leave, on any file.
  public func check(_ onExists: OnExists) throws(SetupError) {
    var sources: [FileIdentity: RawPath] = [:]
    for image in images {
      if let identity = FileIdentity(image.source) { sources[identity] = image.path }
    }
    var outputs: [RawPath: RawPath] = [:]
    for image in images where image.problem == nil {
      if let other = outputs.updateValue(image.path, forKey: image.output), onExists != .rename {
        throw SetupError("\(other) and \(image.path) would both become \(image.output)\nUse --on-exists rename.")
      }
      guard AtomicFile.exists(image.output) else { continue }
      if onExists != .rename, let input = FileIdentity(image.output).flatMap({ sources[$0] }) {
        throw SetupError("the copy of \(image.path) would replace the image \(input); name another folder with -o")
      }
      if onExists == .error {
        throw SetupError(
          "\(image.output) exists already; use --on-exists skip, overwrite or rename, or name another folder with -o")
      }
    }
  }
}
