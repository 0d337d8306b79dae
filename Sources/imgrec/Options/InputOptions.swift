import ArgumentParser
import ModelLibrary
import OpenVINOEngine
import Pipeline
import Recognition

extension EngineKind: ExpressibleByArgument {}
extension OpenVINOEngines.Precision: ExpressibleByArgument {}
extension HeadSpec.Kind: ExpressibleByArgument {}

/// Which images.
struct InputOptions: ParsableArguments {
  @Argument(help: "Images, folders, archives; '-' reads paths from standard input.")
  var paths: [String] = []

  @Option(help: .init("Read paths from a file as well, one a line.", valueName: "file"))
  var filesFrom: [String] = []

  @Flag(name: [.customShort("0"), .long], help: "Lists of paths are NUL-separated (find -print0).")
  var null = false

  @Option(help: .init("Only files that match, such as '*.jpg' or '2024/**'. Repeatable.", valueName: "pattern"))
  var glob: [String] = []

  @Option(help: .init("No files or folders that match. Repeatable.", valueName: "pattern"))
  var exclude: [String] = []

  @Flag(help: "Hidden files and folders too.")
  var hidden = false

  @Flag(help: "Follow links to folders. (Links to files are always taken.)")
  var follow = false

  @Option(
    help: .init("How deep to go: 1 is the folder's own files.", valueName: "n"), transform: ArgumentParsing.count)
  var maxDepth: Int?

  @Option(help: .init("Stop after so many inputs.", valueName: "n"), transform: ArgumentParsing.count)
  var limit: Int?

  func validate() throws {
    guard !paths.isEmpty || !filesFrom.isEmpty else {
      throw ValidationError("Name at least one image or folder, or '-' to read paths from standard input.")
    }
  }
}

/// Which model, and how its answers are cut.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: .init("A model's name (imgrec models list) or a network's file. Repeatable.", valueName: "name|file"))
  var model: [String] = []

  @Option(help: .init("The card of a network's file, when it is not beside it as FILE.json.", valueName: "file"))
  var card: String?

  @Option(
    help: .init(
      "Tasks, by their default models where --model names none: \(TaskKind.allCases.map(\.rawValue).joined(separator: ",")).",
      valueName: "task,..."),
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

  @Option(help: .init("With --head: its classes, one a line.", valueName: "file"))
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

/// How the pipeline is cut; each has a default that was measured to be good.
struct PipelineOptions: ParsableArguments {
  @Option(help: .init("Decoding workers.", valueName: "n"), transform: ArgumentParsing.int(1...1024))
  var decoders: Int?

  @Option(help: .init("Instances of each network.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var instances: Int?

  @Option(help: .init("Threads of each instance.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var threads: Int?

  @Option(help: .init("Images in a batch, at most.", valueName: "n"), transform: ArgumentParsing.int(1...4096))
  var maxBatch: Int?

  @Option(
    help: .init("Pixels of a batch's tensor, padding included (default: 24M).", valueName: "pixels"),
    transform: ArgumentParsing.pixels)
  var batchPixels: Int = 24_000_000

  @Option(
    help: .init("Decoded pixels and tensors in flight (default: 1G).", valueName: "size"),
    transform: ArgumentParsing.bytes)
  var memory: Int = 1 << 30

  @Flag(inversion: .prefixedNo, help: "Run each network once before the first image.")
  var warmup = true

  @Option(
    help: .init("Seconds that decoding one image may take (default: 30).", valueName: "seconds"),
    transform: ArgumentParsing.seconds)
  var timeout: Double = 30

  @Option(
    help: .init("Refuse larger images (default: 50M).", valueName: "pixels"), transform: ArgumentParsing.pixels)
  var maxPixels: Int = 50_000_000

  @Option(
    help: .init("Refuse larger files (default: 256M).", valueName: "size"), transform: ArgumentParsing.bytes)
  var maxFileSize: Int = 256 << 20

  @Option(
    help: .init("Refuse progressive JPEGs with more scans (default: 500).", valueName: "n"),
    transform: ArgumentParsing.count)
  var maxScans: Int = 500

  @Option(
    help: .init("Warnings that make a damaged image a failure; 0 takes none (default: 100).", valueName: "n"),
    transform: ArgumentParsing.int(0...Int(Int32.max)))
  var maxWarnings: Int = 100

  @Flag(help: "Decode every image whole, for comparisons.")
  var fullDecode = false
}

/// Where the records go, and in what form.
struct OutputOptions: ParsableArguments {
  @Option(name: [.short, .long], help: .init("Write the records to a file.", valueName: "file"))
  var output: String?

  @Option(help: "Form of the records (default: table on a terminal, else jsonl).")
  var format: Format?

  @Option(
    help: .init(
      "With the task embed: write the vectors as a NumPy array, a row an image; records tell the row.",
      valueName: "file.npy"))
  var npy: String?

  @Option(help: "Records in the order of the inputs, or as they are done.")
  var order: Order = .input

  enum Format: String, ExpressibleByArgument, CaseIterable { case jsonl, json, csv, table, paths, coco, yolo, voc }
  enum Order: String, ExpressibleByArgument, CaseIterable { case input, done }

  func validate() throws {
    guard format != .yolo && format != .voc || output.map({ $0 != "-" }) == true else {
      throw ValidationError("--format yolo and voc write a file an image: name the folder with -o.")
    }
  }
}

/// How the run behaves.
struct RunOptions: ParsableArguments {
  @Option(
    help: .init("Give up when more images fail than this number or percentage.", valueName: "n|p%"),
    transform: { text in
      if text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent) {
        return FailureBudget.percent(percent)
      }
      guard let count = Int(text), count >= 0 else {
        throw ValidationError("'\(text)' is neither a number of images nor a percentage such as 5%.")
      }
      return FailureBudget.count(count)
    })
  var maxFailures: FailureBudget?

  @Flag(help: "Give up at the first image that fails.")
  var failFast = false

  @Flag(name: [.customLong("dry-run")], help: "List the inputs, recognise nothing.")
  var dryRun = false

  @Option(help: .init("Write the run's figures for Prometheus' textfile collector.", valueName: "file"))
  var metrics: String?

  @Option(help: .init("Write the summary as JSON.", valueName: "file"))
  var summary: String?

  @Flag(name: [.short, .long], help: "No summary, no progress; errors only.")
  var quiet = false

  @Flag(name: [.short, .long], help: "Tell what was chosen, and more of what goes on.")
  var verbose = false

  @Option(help: "Progress on standard error (default: bar on a terminal).")
  var progress: ProgressForm?

  @Option(help: "Form of the messages on standard error.")
  var logFormat: LogForm = .text

  enum ProgressForm: String, ExpressibleByArgument, CaseIterable { case none, bar, json }
  enum LogForm: String, ExpressibleByArgument, CaseIterable { case text, json }

  var failureBudget: FailureBudget { failFast ? .count(0) : maxFailures ?? .unlimited }

  func validate() throws {
    guard !(failFast && maxFailures != nil) else {
      throw ValidationError("--fail-fast and --max-failures exclude each other.")
    }
    guard !(quiet && verbose) else { throw ValidationError("--quiet and --verbose exclude each other.") }
  }
}
