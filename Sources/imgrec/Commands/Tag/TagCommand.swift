import ArgumentParser
import Outputs
import Platform
import Recognition
import Sidecars

extension SidecarStyle: ExpressibleByArgument {}

/// `imgrec tag`: writes what records say of images into XMP sidecars beside them.
struct TagCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Write keywords and faces into XMP sidecars.",
    usage: "imgrec tag [<options>] [<records> ...]",
    discussion: """
      Writes into photo.jpg.xmp beside photo.jpg: labels and names of people as keywords, recognised text as description, \
      faces as regions. The image stays as it is, and so does everything in the sidecar that imgrec has not written; what \
      it wrote of the same tasks earlier is replaced.

      Examples:
        imgrec scan --task classify,faces photos -o records.jsonl
        imgrec tag records.jsonl --dry-run
        imgrec tag records.jsonl
        imgrec tag records.jsonl --remove

      Exit status: 0 done, 1 some sidecars could not be written, 2 could not start or continue, 3 no records, 64 usage.
      """)

  @OptionGroup(title: "Records") var input: RecordOptions

  @Option(
    name: .customLong("task"),
    help: .init(
      "Tasks that count: \(TagRule.possible.map(\.rawValue).joined(separator: ", ")) (default: all but nsfw). "
        + "Repeatable.",
      valueName: "task,..."),
    completion: .list(TagRule.possible.map(\.rawValue)),
    transform: { try ArgumentParsing.list($0).map(Self.task) })
  private var taskLists: [[TaskKind]] = []

  @Option(
    name: .customLong("labels"),
    help: .init("Write only these labels: person,dog. Repeatable.", valueName: "label,..."),
    transform: ArgumentParsing.list)
  private var labelLists: [[String]] = []

  @Option(
    help: .init("Ignore findings with a lower score (default: 0.5).", valueName: "score"),
    transform: ArgumentParsing.fraction)
  var minConfidence: Double = 0.5

  @Option(
    help: .init("Labels per image and task, best first (default: all).", valueName: "n"),
    transform: ArgumentParsing.count)
  var top: Int?

  @Option(help: "Faces that become regions.") var regions: TagRule.Regions = .all

  @Option(help: "Name of a sidecar: darktable is photo.jpg.xmp, lightroom is photo.xmp.")
  var style: SidecarStyle = .darktable

  @Flag(
    help: """
      Take out what imgrec has written (with --task, of these tasks). Delete sidecars that imgrec made and that hold \
      nothing else.
      """)
  var remove = false

  @Flag(name: .customLong("dry-run"), help: "Print the difference, and write nothing.")
  var dryRun = false

  @Flag(name: [.short, .long], help: "Print errors only: no summary.")
  var quiet = false

  private static func task(_ name: String) throws -> TaskKind {
    let task = try TaskKind.scanned(name)
    guard TagRule.possible.contains(task) else {
      let names = TagRule.possible.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("'\(name)' is a task without tags\nThose with tags are \(names).")
    }
    return task
  }

  private var tasks: Set<TaskKind>? { taskLists.isEmpty ? nil : Set(taskLists.joined()) }

  private func rules() -> [OptionRule] {
    let why = "what imgrec wrote is taken out whatever it is"
    let withoutLabels = tasks?.isSubset(of: [.faces, .text]) ?? false
    return [
      .excludes("--remove", remove, "--labels", !labelLists.isEmpty, because: why),
      .excludes("--remove", remove, "--top", top != nil, because: why),
      .idle("--top", top != nil && withoutLabels, in: "this run", because: "--task names no task with labels"),
      .idle(
        "--labels", !labelLists.isEmpty && withoutLabels, in: "this run", because: "--task names no task with labels"),
    ]
  }

  func run() throws {
    try ExitStatus.report {
      try rules().check()
      return try tag()
    }
  }

  private func tag() throws(SetupError) -> ExitStatus {
    if let problem = XMPLibrary.problem {
      throw SetupError("XMP cannot be written: " + problem.replacing("; i", with: "\nI"))
    }
    let records = try input.files("imgrec tag records.jsonl")
    let labels = labelLists.isEmpty ? nil : Set(labelLists.joined())
    let rule = TagRule(
      tasks: tasks ?? TagRule.usual, minConfidence: Float(minConfidence), top: top, labels: labels, regions: regions)
    var run = TagRun(
      rule: rule, style: style, originals: try input.images(), removes: remove ? tasks ?? Set(TaskKind.allCases) : nil,
      isTrial: dryRun)
    try run.read(records)
    return finish(run)
  }

  private func finish(_ run: TagRun) -> ExitStatus {
    if run.line.images == 0, run.unread == 0 {
      return RecordOptions.empty()
    }
    if !quiet {
      Console.summary(run.summary)
      if run.line.ok == 0, run.line.failed == 0, !remove, !run.hasTasks {
        Console.note("no record has labels, faces or text; scan with --task classify,faces")
      }
      if run.otherStyle > 0 {
        let other = style == .darktable ? SidecarStyle.lightroom : .darktable
        Console.note(
          "\(SummaryLine.counted(run.otherStyle, "image")) already had a sidecar of the other style; "
            + "--style \(other.rawValue) writes into it")
      }
    }
    return run.line.failed > 0 ? .partialFailure : .done
  }
}

extension TagRule.Regions: ExpressibleByArgument {}
