import Platform
import Recognition
import Records

/// The records of a report, joined by image: those of one image in several files count as one image.
public struct ReportData: Sendable {
  private(set) var images: [ReportImage] = []
  private(set) var labels = Interner<LabelOfTask>()
  private(set) var statuses = Interner<String>()
  private(set) var formats = Interner<String>()
  private(set) var cameras = Interner<String>()
  /// What ran for an image: task, model and engine in turn.
  private(set) var models = Interner<[String]>()
  private(set) var numbers: [UInt64: Int] = [:]
  /// Records that were joined with an earlier one of their image.
  public private(set) var joined = 0
  public let baseline: Baseline?
  /// Names of images that a list of near duplicates puts together.
  private var similar: [[UInt64]] = []

  /// `baseline` is the earlier run, if two are compared.
  public init(baseline: Baseline? = nil) { self.baseline = baseline }

  public var count: Int { images.count }

  /// Path of an image, and its page, from 1; nil if its record says that it cannot be read.
  public func picture(_ number: Int) -> (path: RawPath, page: Int?)? {
    let image = images[number]
    return image.mayHavePicture ? (image.path, image.page) : nil
  }

  public func path(_ number: Int) -> RawPath { images[number].path }

  /// Adds a record. Of an image that is there already it replaces the facts, and the findings of its own tasks.
  public mutating func add(_ record: StoredRecord) {
    // Pages count from 1.
    let page = record.page.flatMap { $0 > 0 ? $0 : nil }
    let key = ReportImage.key(record.path, page: page)
    var image = ReportImage(
      path: record.path, page: page,
      status: statuses.number(of: ReportImage.status(of: record)))
    image.format = record.format.map { formats.number(of: $0) } ?? -1
    image.size = record.size.flatMap { $0.width > 0 && $0.height > 0 ? $0 : nil }
    image.bytes = record.bytes
    image.camera = record.exif?.camera.map { cameras.number(of: $0) } ?? -1
    image.taken = record.exif?.taken.map(ReportImage.digits) ?? 0
    image.findings = record.answers.map { FindingRows($0.task, $0.findings, &labels) }
    // Those of an answer that was not computed are times of the cache.
    if record.cache != "hit", record.cache != "similar" { image.timings = record.timings }
    image.warnings = record.warnings
    image.failure = record.failure
    image.similar = record.similar.map { ReportImage.key($0.path, page: $0.page) }
    image.content = record.digest.flatMap { ReportImage.content($0, page: page) }
    let ran = record.models.sorted { $0.key < $1.key }.flatMap { task, model in
      [task, model, record.engines[task] ?? ""]
    }
    image.models = ran.isEmpty ? -1 : models.number(of: ran)
    if baseline != nil { image.answer = AnswerText(record) }
    guard let number = numbers[key] else {
      numbers[key] = images.count
      return images.append(image)
    }
    joined += 1
    join(image, with: number)
  }

  private mutating func join(_ new: ReportImage, with number: Int) {
    let old = images[number]
    var image = new
    let own = Set(new.findings.map(\.task))
    image.findings = old.findings.filter { !own.contains($0.task) } + new.findings
    image.answer.tasks = old.answer.tasks.merging(new.answer.tasks) { $1 }
    if new.camera < 0 { image.camera = old.camera }
    if new.taken == 0 { image.taken = old.taken }
    if new.size == nil { image.size = old.size }
    if new.format < 0 { image.format = old.format }
    image.timings.read += old.timings.read
    image.timings.decode += old.timings.decode
    image.timings.wait += old.timings.wait
    image.timings.infer += old.timings.infer
    if new.models < 0 {
      image.models = old.models
    } else if old.models >= 0, old.models != new.models {
      // Three texts for each task; that of the new record counts.
      var ran: [String: [String]] = [:]
      for list in [models.values[old.models], models.values[new.models]] {
        for start in stride(from: 0, to: list.count, by: 3) { ran[list[start]] = Array(list[start..<start + 3]) }
      }
      image.models = models.number(of: ran.sorted { $0.key < $1.key }.flatMap(\.value))
    }
    images[number] = image
  }

  /// Adds a group of near duplicates. Those of its images that the report does not have are left out.
  public mutating func add(similar paths: [RawPath]) {
    similar.append(paths.map { ReportImage.key($0, page: nil) })
  }

  /// Images that are near duplicates: by the list, by records that took the answer of another image, and by equal
  /// content. Each group in the order of the images.
  func groups() -> [[Int]] {
    var sets = DisjointSets(count: images.count)
    var contents: [UInt64: Int] = [:]
    for (number, image) in images.enumerated() {
      if let other = image.similar.flatMap({ numbers[$0] }), other != number { sets.join(number, other) }
      guard let content = image.content else { continue }
      if let first = contents[content] { sets.join(number, first) } else { contents[content] = number }
    }
    for group in similar {
      let known = group.compactMap { numbers[$0] }
      for member in known.dropFirst() { sets.join(known[0], member) }
    }
    return sets.groups()
  }
}
