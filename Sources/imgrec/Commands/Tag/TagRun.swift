import Codecs
import Inputs
import Outputs
import Platform
import Recognition
import Records
import Sidecars

/// Brings the tags of one image after another into their sidecars, and counts them.
///
/// Records of one image that follow each other are taken together. Of those that do not, only the images that files name
/// again later are kept until the end: their number bounds the memory. Standard input cannot be read twice; there, later
/// records of an image add to what the earlier ones wrote.
struct TagRun {
  /// What is wanted of an image whose records are being read.
  private struct Group {
    /// As the records name it.
    var path: RawPath
    var wanted: WantedTags
  }

  let rule: TagRule
  let style: SidecarStyle
  let originals: RecordImages
  /// Tasks that are taken out; nil if tags are written.
  let removes: Set<TaskKind>?
  /// Changes are printed, and not made.
  let isTrial: Bool

  private(set) var line = SummaryLine()
  /// Sidecars that were written, removed, and that were as they should be.
  private var (written, deleted, unchanged) = (0, 0, 0)
  /// Records of images that scan could not read.
  private(set) var unread = 0
  /// Images whose sidecar is that of the raw file beside them.
  private var ofRaw = 0
  /// Images with a sidecar under the name of the other style.
  private(set) var otherStyle = 0
  /// Whether any record had a task that has tags.
  private(set) var hasTasks = false

  /// Bytes of the largest image that is read for its orientation: what scan reads by default.
  private static let maxImageBytes = 256 << 20
  private let buffer = FileBuffer()

  private var group: Group?
  /// Images that are named again later, with what is wanted so far, and their order.
  private var later: [RawPath: WantedTags] = [:]
  private var order: [RawPath] = []
  /// Hashes of the paths that are named again later.
  private var repeated: Set<Int> = []
  /// Hashes of the images and tasks that this run has written.
  private var done: Set<Int> = []
  private var siblings = RawSiblings()
  /// Images by the sidecar that they share with others.
  private var owners: [RawPath: RawPath] = [:]

  init(rule: TagRule, style: SidecarStyle, originals: RecordImages, removes: Set<TaskKind>?, isTrial: Bool) {
    self.rule = rule
    self.style = style
    self.originals = originals
    self.removes = removes
    self.isTrial = isTrial
  }

  /// Reads the records, and tags their images.
  mutating func read(_ records: RecordFiles) throws(SetupError) {
    if records.areFiles { repeated = try Self.repeated(in: records) }
    try records.read { record, _ in add(record) }
    flush()
    for path in order {
      if let wanted = later.removeValue(forKey: path) { tag(path, wanted) }
    }
  }

  /// Hashes of the paths of records that do not follow each other.
  private static func repeated(in records: RecordFiles) throws(SetupError) -> Set<Int> {
    var (seen, repeated): (Set<Int>, Set<Int>) = ([], [])
    var last: RawPath?
    try records.read { record, _ in
      if record.path != last, !seen.insert(record.path.hashValue).inserted { repeated.insert(record.path.hashValue) }
      last = record.path
    }
    return repeated
  }

  private mutating func add(_ record: StoredRecord) {
    guard record.isOK || removes != nil else {
      unread += 1
      return
    }
    let wanted = record.isOK ? rule.tags(of: oriented(record)) : WantedTags()
    hasTasks = hasTasks || !wanted.tasks.isEmpty
    if repeated.contains(record.path.hashValue) {
      if later[record.path] == nil { order.append(record.path) }
      later[record.path, default: WantedTags()].add(wanted)
    } else if group?.path == record.path {
      group?.wanted.add(wanted)
    } else {
      flush()
      group = Group(path: record.path, wanted: wanted)
    }
  }

  /// The record with the orientation that programs count regions by, where its own is that of the container.
  private func oriented(_ record: StoredRecord) -> StoredRecord {
    guard removes == nil, rule.tasks.contains(.faces), rule.regions != .none,
      let format = record.format.flatMap(ImageFormat.recorded)?.format, format.turnsItself,
      case .detections(let faces) = record.findings(.faces), !faces.isEmpty
    else { return record }
    var record = record
    guard (try? FileReader.read(originals.path(of: record), into: buffer, maxBytes: Self.maxImageBytes)) != nil else {
      return record
    }
    record.orientation = Orientation.stated(in: buffer.bytes)?.rawValue ?? record.orientation
    return record
  }

  private mutating func flush() {
    if let group { tag(group.path, group.wanted) }
    group = nil
  }

  private mutating func tag(_ path: RawPath, _ wanted: WantedTags) {
    line.images += 1
    do throws(SidecarError) {
      try tag(path, originals.path(of: path), wanted)
    } catch {
      line.failed += 1
      Console.failure(of: path, error.description)
    }
  }

  private mutating func tag(_ path: RawPath, _ image: RawPath, _ wanted: WantedTags) throws(SidecarError) {
    let sidecar = style.sidecar(of: image)
    // What imgrec wrote can be taken out although the image is gone.
    if removes == nil || !AtomicFile.exists(sidecar), let problem = originals.problem(of: image) {
      throw SidecarError(problem)
    }
    if style.isShared, siblings.owner(of: image) != nil {
      ofRaw += 1
      line.skipped += 1
      return
    }
    let name = style.sidecar(of: path)
    do throws(SidecarError) {
      let file = try SidecarFile(sidecar)
      let old = try Sidecar(file.bytes)
      if style.isShared { try checkOwner(of: sidecar, old, image) }
      let (result, changes) =
        if let removes {
          try old.removing(removes)
        } else {
          try old.merging(
            wanted, tasks: wanted.tasks.filter { done.insert(Self.hash(path, $0)).inserted },
            image: style.isShared ? RawPath(image.lastComponent).description : nil)
        }
      let isTagged = old.isTagged || result != .unchanged
      if file.bytes == nil, result != .unchanged { noteOtherStyle(of: image) }
      if isTrial {
        for change in changes { Console.out(TerminalText.escaped(change.text(in: name))) }
      }
      try apply(result, to: file)
      if isTagged { line.ok += 1 } else { line.skipped += 1 }
    } catch {
      throw SidecarError("\(RawPath(name.lastComponent)): \(error)")
    }
  }

  private mutating func apply(_ result: Sidecar.Result, to file: SidecarFile) throws(SidecarError) {
    switch result {
    case .unchanged: if file.bytes != nil { unchanged += 1 }
    case .text(let bytes):
      if !isTrial { try file.write(bytes) }
      written += 1
    case .emptied(let emptied):
      let isDeleted = isTrial ? true : try file.remove()
      if isDeleted {
        deleted += 1
      } else {
        try file.write(emptied)
        written += 1
      }
    }
  }

  /// Throws if a sidecar that several images may have is that of another image.
  private mutating func checkOwner(of sidecar: RawPath, _ content: Sidecar, _ image: RawPath) throws(SidecarError) {
    let name = RawPath(image.lastComponent)
    let advice = "--style darktable gives each image one of its own"
    if let ending = content.extensionOfImage, ending.lowercased() != image.fileExtension {
      throw SidecarError("it is that of a .\(ending) file; \(advice)")
    }
    var owner = owners[sidecar]
    if owner == nil, let noted = content.image, noted != name.description {
      let other = image.parent.appending(noted.utf8)
      if AtomicFile.exists(other) { owner = other }
    }
    if let owner, owner != image {
      throw SidecarError("it has the tags of \(RawPath(owner.lastComponent)); \(advice)")
    }
    owners[sidecar] = image
  }

  /// Counts an image whose only sidecar has the name of the other style.
  private mutating func noteOtherStyle(of image: RawPath) {
    switch style {
    case .darktable: if AtomicFile.exists(SidecarStyle.lightroom.sidecar(of: image)) { otherStyle += 1 }
    case .lightroom: if AtomicFile.exists(SidecarStyle.darktable.sidecar(of: image)) { otherStyle += 1 }
    }
  }

  private static func hash(_ path: RawPath, _ task: TaskKind) -> Int {
    var hasher = Hasher()
    hasher.combine(path)
    hasher.combine(task)
    return hasher.finalize()
  }

  /// The counts of the run.
  var summary: SummaryLine {
    var line = line
    line.verb = removes == nil ? "tagged" : "with tags"
    if line.skipped > 0 { line.skippedBecause = removes == nil ? "nothing to write" : "without tags" }
    let would = isTrial ? "would be " : ""
    line.details = ["\(SummaryLine.counted(written, "sidecar")) \(would)written"]
    if deleted > 0 { line.details.append("\(SummaryLine.count(deleted)) \(would)deleted") }
    if unchanged > 0 { line.details.append("\(SummaryLine.count(unchanged)) unchanged") }
    if ofRaw > 0 { line.details.append("\(SummaryLine.counted(ofRaw, "sidecar")) left to raw files") }
    if unread > 0 { line.details.append("\(SummaryLine.counted(unread, "record")) of failures") }
    return line
  }
}

extension ImageFormat {
  /// Whether its container says how the picture is turned, beside EXIF.
  fileprivate var turnsItself: Bool {
    switch self {
    case .heic, .avif, .jpegxl: true
    case .jpeg, .png, .webp, .tiff, .bmp, .pnm, .jpeg2000, .dicom, .gif, .raw, .psd, .exr, .hdr, .ico, .svg, .pdf: false
    }
  }
}
