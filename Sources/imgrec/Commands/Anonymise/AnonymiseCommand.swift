import ArgumentParser
import Codecs
import Outputs
import Platform
import Recognition

extension HidingMethod: ExpressibleByArgument {}

/// `imgrec anonymise`: copies of images in which faces and plates are unrecognisable.
struct AnonymiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "anonymise", abstract: "Copy images with faces and plates made unrecognisable.",
    usage: "imgrec anonymise [<options>] [<records> ...] -o <dir>",
    discussion: """
      Copies each image that was recognised, those without findings too, and hides the faces and plates of its records. \
      Positions, thumbnails and names of people in the metadata are left out. The images themselves are not changed.

      An image gets no copy if its scan failed, if it was not searched for faces or plates while others were, or if it \
      has changed since.

      Examples:
        imgrec scan --task faces,plates photos | imgrec anonymise -o public
        imgrec anonymise faces.jsonl plates.jsonl -o public --method fill
        imgrec scan -m deeplab_v3 photos | imgrec anonymise -o public --labels person

      Exit status: 0 done, 1 some images got no copy, 2 could not start or continue, 3 no records, 64 usage.
      """)

  @OptionGroup(title: "Records") var input: RecordOptions

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init("Folder of the copies, which repeats the folders of the images.", valueName: "dir"),
    completion: .directory)
  var output: String

  @Option(
    name: .customLong("task"),
    help: .init(
      "Hide the findings of these tasks (default: faces,plates): \(names).", valueName: "task,..."),
    transform: Self.tasks)
  var task: [TaskKind]?

  @Option(
    help: .init("Also hide objects with these labels, by mask or box.", valueName: "label,..."),
    transform: ArgumentParsing.list)
  var labels: [String]?

  @Option(
    help: """
      What replaces a part: a mosaic, the same with soft edges, or one colour (default: fill for plates, text and codes, \
      pixelate for all else).
      """)
  var method: HidingMethod?

  @Option(
    help: .init("Extend each side by this share of the box.", valueName: "share"),
    transform: ArgumentParsing.number(0...2))
  var margin = 0.2

  @Option(
    help: .init("Leave findings with a lower score as they are.", valueName: "score"),
    transform: ArgumentParsing.fraction)
  var minConfidence: Double?

  @Flag(help: "Keep no metadata but colour profile and orientation.")
  var strip = false

  @Option(help: "Action if an output file exists.")
  var onExists: OnExists = .error

  @Flag(name: .customLong("dry-run"), help: "Print what would be written, and write nothing.")
  var dryRun = false

  @Flag(name: [.short, .long], help: "Print errors only: no summary.")
  var quiet = false

  private static let names = HidingRule.possible.map(\.rawValue).joined(separator: ", ")

  private static let tasks: @Sendable (String) throws -> [TaskKind] = { text in
    try ArgumentParsing.list(text).map { name in
      guard let task = HidingRule.possible.first(where: { $0.rawValue == name }) else {
        throw ValidationError("'\(name)' is not a task whose findings can be hidden.\nThe tasks are \(names).")
      }
      return task
    }
  }

  func run() throws { try ExitStatus.report { try anonymise() } }

  /// The tasks that are hidden. Labels need one that has them.
  private var hiddenTasks: [TaskKind] {
    let named = task ?? [.faces, .plates]
    return labels == nil || named.contains(where: HidingRule.labelled.contains) ? named : named + HidingRule.labelled
  }

  private func anonymise() throws(SetupError) -> ExitStatus {
    let records = try input.files("imgrec anonymise records.jsonl -o DIR")
    let originals = try input.images()
    let folder = RawArguments().path(output)
    let rule = HidingRule(
      tasks: hiddenTasks, labels: Set(labels ?? []), method: method, margin: Float(margin),
      minConfidence: Float(minConfidence ?? 0))
    var images = AnonymisedImages(rule, folder: folder, originals: originals)
    try records.read { record, _ throws(SetupError) in images.add(record) }
    guard !images.images.isEmpty else {
      return RecordOptions.empty()
    }
    images.plan(required: try required(images))
    try images.check(onExists)
    if !quiet { note(images) }
    if dryRun { return list(images.images) }
    try FolderTrial.check(folder, option: "-o")
    let run = AnonymiseRun(images: images.images, strips: strip, onExists: onExists)
    return finish(try run.run())
  }

  /// The tasks that each image has to have been searched for: those that are named, or those of the default that were
  /// searched for in any.
  private func required(_ images: AnonymisedImages) throws(SetupError) -> [TaskKind] {
    let found = hiddenTasks.filter(images.tasks.contains)
    if labels != nil, !found.contains(where: HidingRule.labelled.contains) {
      throw SetupError("no record has objects, which --labels needs\nScan with --task detect or --task segment.")
    }
    if let task {
      if let missing = task.first(where: { !images.tasks.contains($0) }) {
        throw SetupError("no record has \(missing.rawValue)\nScan with --task \(missing.rawValue).")
      }
      return found
    }
    guard !found.isEmpty else {
      throw SetupError(
        "no record has faces or plates\nScan with --task faces,plates, or name what to hide with --task or --labels.")
    }
    return found
  }

  // MARK: Messages

  private func note(_ images: AnonymisedImages) {
    if task == nil, labels == nil {
      for (task, name) in [(TaskKind.faces, "faces"), (.plates, "plates")] where !images.tasks.contains(task) {
        Console.note("no record has \(name), so that they are not hidden; scan with --task faces,plates")
      }
    }
    for label in labels ?? [] where !images.labels.contains(label) {
      let question = Suggestions.question(label, among: images.labels.sorted())
      Console.note("no record has the label \(label)" + (question.map { ". \($0)" } ?? ""))
    }
  }

  private func list(_ images: [AnonymisedImages.Image]) -> ExitStatus {
    var failed = false
    for image in images {
      if let problem = image.problem {
        failed = true
        Console.failure(of: image.path, problem)
      } else if onExists != .skip || !AtomicFile.exists(image.output) {
        Console.out("\(image.path) -> \(image.output): \(Self.text(image.counts) ?? "nothing to hide")")
      }
    }
    return failed ? .partialFailure : .done
  }

  private func finish(_ outcome: AnonymiseRun.Outcome) -> ExitStatus {
    if !quiet {
      var line = outcome.line
      line.verb = "copied"
      line.skippedBecause = "there already"
      line.details = [(Self.text(outcome.counts) ?? "nothing") + " hidden"]
      let removed = RemovedMetadata.names.compactMap { kind, name in
        outcome.removed[kind].map { "\(name) of \(SummaryLine.count($0))" }
      }
      if !removed.isEmpty { line.details.append("left out: " + removed.joined(separator: ", ")) }
      Console.summary(line)
    }
    return outcome.line.failed > 0 ? .partialFailure : .done
  }

  /// "2 faces, 1 plate"; nil for none.
  private static func text(_ counts: [TaskKind: Int]) -> String? {
    let parts = HidingRule.possible.compactMap { task in
      counts[task].flatMap { $0 > 0 ? SummaryLine.counted($0, noun(task)) : nil }
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private static func noun(_ task: TaskKind) -> String {
    switch task {
    case .faces: "face"
    case .plates: "plate"
    case .text: "line"
    case .codes: "code"
    case .segment: "segment"
    case .detect, .nsfw, .classify, .embed, .rotation, .quality, .upscale: "object"
    }
  }
}
