import ArgumentParser
import ModelLibrary
import Platform
import Recognition

extension HeadSpec.Kind: ExpressibleByArgument {}

/// Model selection and result filtering.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.customShort("m", allowingJoined: true), .customLong("model")],
    help: .init(
      "Names of models (imgrec models list) or files of networks; one for each task. Repeatable.",
      valueName: "name|file,..."),
    completion: .modelList,
    transform: { FileSystem.size($0) == nil ? try ArgumentParsing.list($0) : [$0] })
  private var modelLists: [[String]] = []

  @Option(
    help: .init("The card of a network file, if it is not FILE.json beside it.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var card: String?

  @Option(
    name: .customLong("task"),
    help: .init(
      "Tasks, each by its default model unless --model names one: "
        + TaskKind.scanned.map(\.rawValue).joined(separator: ", ") + ". Repeatable.",
      valueName: "task,..."),
    completion: .tasks, transform: { try ArgumentParsing.list($0).map(TaskKind.scanned) })
  private var taskLists: [[TaskKind]] = []

  @OptionGroup var engineChoice: EngineChoice

  @OptionGroup var precisionChoice: PrecisionChoice

  @Option(
    help: .init("Omit findings below this score, 0 to 1.", valueName: "score"), transform: ArgumentParsing.fraction)
  var minConfidence: Double?

  @Option(help: .init("Number of classes to report.", valueName: "n"), transform: ArgumentParsing.count)
  var top: Int?

  @Option(
    help: .init("IoU threshold of non-maximum suppression.", valueName: "share"),
    transform: ArgumentParsing.fraction)
  var iou: Double?

  @Option(
    name: .customLong("labels"),
    help: .init("Report only these labels: person,dog. Repeatable.", valueName: "label,..."),
    transform: ArgumentParsing.list)
  private var labelLists: [[String]] = []

  @Option(
    help: .init(
      "Interpretation of your own network's outputs, in place of a model's card: "
        + HeadPreset.heads.map(\.rawValue).joined(separator: ", ") + "."))
  var head: HeadSpec.Kind?

  @Option(help: .init("With --head: its classes, one per line.", valueName: "file"), completion: .file())
  var labelsFile: String?

  @Option(
    help: .init(
      "With --head: the side of its input, or WxH (default: the file's; else 640, Darknet 416, classes 224).",
      valueName: "size"),
    transform: ArgumentParsing.sides)
  var inputSize: PixelSize?

  @Flag(
    help: """
      With the task embed: the mean vector of the picture in its four orientations, which a turned copy has too; takes \
      four times as long.
      """)
  var allOrientations = false

  @Flag(help: "Fetch models that are not installed.")
  var pull = false

  /// Models in the order of the arguments, each once.
  var model: [String] {
    get { modelLists.joined().uniqued() }
    set { modelLists = [newValue] }
  }

  /// Tasks in the order of the arguments, each once.
  var task: [TaskKind] {
    get { taskLists.joined().uniqued() }
    set { taskLists = [newValue] }
  }

  /// Labels in the order of the arguments, each once; empty: all.
  var labels: [String] { labelLists.joined().uniqued() }

  /// nil: as `EngineSelection` decides.
  var engine: EngineKind? {
    get { engineChoice.engine }
    set { engineChoice.engine = newValue }
  }

  /// Where the networks run.
  var device: ComputeDevice {
    get { engineChoice.device }
    set { engineChoice.device = newValue }
  }

  /// nil: auto.
  var precision: Precision? {
    get { precisionChoice.precision }
    set { precisionChoice.precision = newValue }
  }

  /// The preset of `--head` and its companions.
  var own: HeadPreset? { head.map { HeadPreset(head: $0, labels: labelsFile, size: inputSize) } }

  /// The labels to report; nil: all.
  var allowedLabels: Set<String>? {
    labels.isEmpty ? nil : Set(labels)
  }
}

extension TaskKind {
  /// Returns the task of that name.
  @Sendable static func named(_ name: String) throws -> TaskKind { try named(name, among: allCases) }

  /// Returns the task of `imgrec scan` with that name.
  @Sendable static func scanned(_ name: String) throws -> TaskKind {
    if name == TaskKind.upscale.rawValue {
      throw ValidationError("upscale is a command, not a task of scan\nUse imgrec upscale PATH -o DIR")
    }
    return try named(name, among: scanned)
  }

  private static func named(_ name: String, among tasks: [TaskKind]) throws -> TaskKind {
    if let task = tasks.first(where: { $0.rawValue == name }) { return task }
    let names = tasks.map(\.rawValue)
    throw ValidationError(
      "'\(name)' is not a task\n"
        + (Suggestions.question(name, among: names).map { $0 + " All tasks: imgrec scan --help" }
          ?? "The tasks are \(names.joined(separator: ", "))"))
  }
}
