import ArgumentParser
import ModelLibrary
import Platform
import Recognition

extension Precision: ExpressibleByArgument {}

extension HeadSpec.Kind: ExpressibleByArgument {}

/// Model selection and result filtering.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: .init("A model's name (imgrec models list) or a network's file. Repeatable.", valueName: "name|file"),
    completion: .models())
  var model: [String] = []

  @Option(
    help: .init("The card of a network file, if it is not FILE.json beside it.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var card: String?

  @Option(
    help: .init(
      "Tasks, each with its default model unless --model names one: "
        + TaskKind.scanned.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "task,..."),
    completion: .tasks,
    transform: { text in
      try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
        if name == TaskKind.upscale.rawValue {
          throw ValidationError("upscale is a command: run imgrec upscale.")
        }
        guard let task = TaskKind(rawValue: String(name)) else {
          let known = TaskKind.scanned.map(\.rawValue).joined(separator: ", ")
          throw ValidationError("'\(name)' is not a task; the tasks are \(known).")
        }
        return task
      }
    })
  var task: [TaskKind] = []

  @OptionGroup var engineChoice: EngineChoice

  @Option(
    help: """
      Number format of the networks: bf16 on OpenVINO; int8 if the model has a quantised network; auto is the fastest that \
      OpenVINO trusts on this processor (bf16 if it has it).
      """)
  var precision: Precision = .f32

  @Option(
    help: .init("Omit findings below this score, 0 to 1.", valueName: "score"), transform: ArgumentParsing.fraction)
  var minConfidence: Double?

  @Option(help: .init("Number of classes to report.", valueName: "n"), transform: ArgumentParsing.count)
  var top: Int?

  @Option(
    help: .init("IoU threshold of non-maximum suppression.", valueName: "share"),
    transform: ArgumentParsing.fraction)
  var iou: Double?

  @Option(help: .init("Report only these labels: person,dog.", valueName: "label,..."))
  var labels: String?

  @Option(
    help: .init(
      "Interpretation of your own network's outputs, instead of a card: "
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

  @Flag(help: "Fetch models that are not installed.")
  var pull = false

  /// nil: the first engine of the model's card that opens.
  var engine: EngineKind? {
    get { engineChoice.engine }
    set { engineChoice.engine = newValue }
  }

  /// The preset of `--head` and its companions.
  var own: HeadPreset? { head.map { HeadPreset(head: $0, labels: labelsFile, size: inputSize) } }

  /// The labels to report; nil: all.
  var allowedLabels: Set<String>? {
    labels.map { Set($0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }) }
  }

  func validate() throws {
    guard Set(task).count == task.count else { throw ValidationError("--task names a task twice.") }
  }
}
