import ArgumentParser
import Codecs
import Pipeline
import Platform
import Recognition

extension OnExists: ExpressibleByArgument {}

/// Selection of the network that upscales.
struct UpscaleModelOptions: ParsableArguments {
  @Option(
    name: [.customShort("m", allowingJoined: true), .long],
    help: .init("Name of a model (imgrec models list) or path of a network file.", valueName: "name|file"),
    completion: .models(of: .upscale))
  var model: String?

  @Option(
    help: .init("Card of the network (default: FILE.json beside it).", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var card: String?

  @Option(
    help: .init("Scale factor; selects a model when none is named (default: 3).", valueName: "n"),
    transform: ArgumentParsing.int(1...8))
  var scale: Int?

  @OptionGroup var engineChoice: EngineChoice
  var engine: EngineKind? { engineChoice.engine }
  @OptionGroup var precisionChoice: PrecisionChoice

  @Flag(help: "Fetch a model that is not installed yet.")
  var pull = false
}

/// Destination and encoding of the pictures.
struct UpscaleOutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: .init(
      """
      Output folder, in which the inputs keep their tree; for one input a file (.jpg, .png, .webp), or '-' for \
      standard output.
      """, valueName: "path"),
    completion: .file())
  var output: String

  @Option(
    help: "Format of the pictures; same keeps the format of the input's name, or writes PNG if it is none of these.")
  var format: Format = .same

  @Option(
    help: .init("Quality of JPEG and WebP, 1 to 100; 101 is lossless WebP (default: 92).", valueName: "n"),
    transform: ArgumentParsing.int(1...101))
  var quality = Self.standardQuality

  static let standardQuality = 92

  @Option(help: "Action if an output file exists.")
  var onExists: OnExists = .error

  @Flag(help: "Also write OUTPUT.compare.png: the picture, bicubic beside the result, and an enlarged part of both.")
  var compare = false

  @Option(
    help: .init("File of the records (default: standard output).", valueName: "file"), completion: .file())
  var records: String?

  @Option(help: "Write records in the order of the inputs, or as they complete.")
  var order: OutputOptions.Order = .input

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case same, jpeg, png, webp

    var kind: EncodedFormat? { EncodedFormat(rawValue: rawValue) }
  }
}

/// Sizing and limits of the pipeline.
struct UpscalePipelineOptions: ParsableArguments {
  @Option(
    help: .init(
      "Side of the tiles, in input pixels (default: auto, by the size of each picture).", valueName: "auto|n"),
    transform: { $0 == "auto" ? .auto : .side(try ArgumentParsing.int(16...8192)($0)) })
  var tile: TileChoice = .auto

  @Option(
    help: .init("Reduce larger inputs to this number of pixels first.", valueName: "pixels"),
    transform: ArgumentParsing.pixels
  )
  var maxInput: Int?

  @Option(
    help: .init("Number of decoding workers, and of encoding workers.", valueName: "n"),
    transform: ArgumentParsing.int(1...1024))
  var workers: Int?

  @Option(help: .init("Number of instances of the network.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var instances: Int?

  @Option(help: .init("Number of threads per instance.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var threads: Int?

  @Option(help: .init("Maximum number of tiles in a batch.", valueName: "n"), transform: ArgumentParsing.int(1...4096))
  var maxBatch: Int?

  @Option(
    help: .init(
      "Maximum number of input pixels in a batch (default: 256K, or the model's largest tile if that is less).",
      valueName: "pixels"), transform: ArgumentParsing.pixels)
  var batchPixels: Int?

  @Option(
    help: .init("Memory for pictures in flight, bands and encoders included (default: 1G).", valueName: "size"),
    transform: ArgumentParsing.bytes(bareFrom: 1 << 20))
  var memory: Int = 1 << 30

  @Option(
    help: .init("Maximum time to decode one image, such as 500ms or 2m (default: 30s).", valueName: "time"),
    transform: ArgumentParsing.seconds)
  var timeout: Double = 30

  @Option(
    help: .init("Refuse images larger than this (default: 50M).", valueName: "pixels"),
    transform: ArgumentParsing.pixels)
  var maxPixels: Int = 50_000_000

  @Option(
    help: .init("Refuse files larger than this (default: 256M).", valueName: "size"),
    transform: ArgumentParsing.bytes(bareFrom: 1024))
  var maxFileSize: Int = 256 << 20

  enum TileChoice: Equatable {
    case auto
    case side(Int)
  }

  var limits: DecodeLimits {
    var limits = DecodeLimits()
    limits.maxPixels = maxPixels
    limits.timeout = .seconds(timeout)
    return limits.isolated
  }
}
