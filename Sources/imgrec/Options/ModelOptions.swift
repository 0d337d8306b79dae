import ArgumentParser
import ModelLibrary
import OpenVINOEngine
import Platform
import Recognition

extension EngineKind: ExpressibleByArgument {}

extension OpenVINOEngines.Precision: ExpressibleByArgument {}

extension HeadSpec.Kind: ExpressibleByArgument {}

/// Which model, and how its answers are cut.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: .init("A model's name (imgrec models list) or a network's file. Repeatable.", valueName: "name|file"),
    completion: .models())
  var model: [String] = []

  @Option(
    help: .init("The card of a network's file, when it is not beside it as FILE.json.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var card: String?

  @Option(
    help: .init(
      "Tasks, by their default models where --model names none: \(TaskKind.allCases.map(\.rawValue).joined(separator: ",")).",
      valueName: "task,..."),
    completion: .tasks,
    transform: { text in
      try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
        if name == TaskKind.upscale.rawValue {
          throw ValidationError("upscale writes pictures and is a command of its own: run imgrec upscale.")
        }
        guard let task = TaskKind(rawValue: String(name)) else {
          let known = TaskKind.scanned.map(\.rawValue).joined(separator: ", ")
          throw ValidationError("'\(name)' is not a task; the tasks are \(known).")
        }
        return task
      }
    })
  var task: [TaskKind] = []

  @Option(help: "What runs the network: auto takes the fastest that is here.")
  var engine: EngineChoice = .auto

  @Option(
    help: """
      What the network computes in: bf16 on OpenVINO; int8 where the model has a quantised network; auto is what OpenVINO \
      holds fastest on this processor (bf16 where it has it).
      """)
  var precision: OpenVINOEngines.Precision = .f32

  @Option(
    help: .init("Leave out answers below this score, 0 to 1.", valueName: "score"), transform: ArgumentParsing.fraction)
  var minConfidence: Double?

  @Option(help: .init("Classes told for an image.", valueName: "n"), transform: ArgumentParsing.count)
  var top: Int?

  @Option(
    help: .init("Overlap above which the weaker of two boxes goes.", valueName: "share"),
    transform: ArgumentParsing.fraction)
  var iou: Double?

  @Option(help: .init("Tell these labels only: person,dog.", valueName: "label,..."))
  var labels: String?

  @Option(
    help:
      "How a network of your own is read, in place of a card: \(HeadPreset.heads.map(\.rawValue).joined(separator: ", "))."
  )
  var head: HeadSpec.Kind?

  @Option(help: .init("With --head: its classes, one a line.", valueName: "file"), completion: .file())
  var labelsFile: String?

  @Option(
    help: .init(
      "With --head: the side of its input, or WxH (default: what the file says; else 640, Darknet 416, classes 224).",
      valueName: "size"),
    transform: ArgumentParsing.sides)
  var inputSize: PixelSize?

  @Flag(help: "Fetch a model that is not here yet, without asking.")
  var pull = false

  enum EngineChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, opencv, openvino, onnxruntime

    var kind: EngineKind? { EngineKind(rawValue: rawValue) }
  }

  /// What `--head` and its companions say.
  var own: HeadPreset? { head.map { HeadPreset(head: $0, labels: labelsFile, size: inputSize) } }

  /// The labels that are told; nil: all.
  var toldLabels: Set<String>? {
    labels.map { Set($0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }) }
  }

  func validate() throws {
    guard card == nil || model.count == 1 else { throw ValidationError("--card goes with one --model FILE.") }
    if let head {
      guard HeadPreset.heads.contains(head) else {
        throw ValidationError(
          "--head \(head.rawValue) wants a card; without one go \(HeadPreset.heads.map(\.rawValue).joined(separator: ", "))."
        )
      }
      guard model.count == 1, card == nil else {
        throw ValidationError("--head goes with one --model FILE and no --card.")
      }
    } else if labelsFile != nil || inputSize != nil {
      throw ValidationError("--labels-file and --input-size go with --head.")
    }
    guard Set(task).count == task.count else { throw ValidationError("--task names a task twice.") }
  }
}
