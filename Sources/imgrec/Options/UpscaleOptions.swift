import ArgumentParser
import Codecs
import Pipeline
import Platform

extension OnExists: ExpressibleByArgument {}

/// Which network enlarges.
struct UpscaleModelOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: .init("A model's name (imgrec models list) or a network's file.", valueName: "name|file"))
  var model: String?

  @Option(help: .init("The card of a network's file, when it is not beside it as FILE.json.", valueName: "file"))
  var card: String?

  @Option(
    help: .init("How many times larger; picks a model where none is named (default: 3).", valueName: "n"),
    transform: ArgumentParsing.int(1...8))
  var scale: Int?

  @Option(help: "What runs the network: auto takes the fastest that is here.")
  var engine: ModelOptions.EngineChoice = .auto

  @Flag(help: "Fetch a model that is not here yet, without asking.")
  var pull = false

  func validate() throws {
    guard card == nil || model != nil else { throw ValidationError("--card goes with --model FILE.") }
  }
}

/// Where the pictures go.
struct UpscaleOutputOptions: ParsableArguments {
  @Option(
    name: [.short, .long],
    help: .init(
      "A folder, in which the inputs keep their tree; a file (.jpg, .png, .webp) for one input; '-': standard output.",
      valueName: "path"))
  var output: String

  @Option(help: "Format of the pictures; same: as the input's name says, PNG where that is none of the three.")
  var format: Format = .same

  @Option(
    help: .init("Quality of JPEG and WebP, 1 to 100; WebP above 100 is lossless (default: 92).", valueName: "n"),
    transform: ArgumentParsing.int(1...101))
  var quality: Int = 92

  @Option(help: "What to do where an output is there already.")
  var onExists: OnExists = .error

  @Flag(help: "Write OUTPUT.compare.png too: bicubic beside the result, and a part of both enlarged.")
  var compare = false

  @Option(help: .init("Write the records to a file (default: standard output).", valueName: "file"))
  var records: String?

  @Option(help: "Records in the order of the inputs, or as they are done.")
  var order: OutputOptions.Order = .input

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case same, jpeg, png, webp

    var kind: EncodedFormat? { EncodedFormat(rawValue: rawValue) }
  }
}

/// How the work is cut.
struct UpscalePipelineOptions: ParsableArguments {
  @Option(
    help: .init("Side of the tiles, in input pixels (default: auto, what suits each picture).", valueName: "auto|n"),
    transform: { $0 == "auto" ? .auto : .side(try ArgumentParsing.int(16...8192)($0)) })
  var tile: TileChoice = .auto

  @Option(
    help: .init("Reduce larger inputs to so many pixels first.", valueName: "pixels"), transform: ArgumentParsing.pixels
  )
  var maxInput: Int?

  @Option(
    help: .init("Decoding and encoding workers, of each.", valueName: "n"), transform: ArgumentParsing.int(1...1024))
  var workers: Int?

  @Option(help: .init("Instances of the network.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var instances: Int?

  @Option(help: .init("Threads of each instance.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var threads: Int?

  @Option(help: .init("Tiles in a batch, at most.", valueName: "n"), transform: ArgumentParsing.int(1...4096))
  var maxBatch: Int?

  @Option(
    help: .init(
      "Input pixels in a batch, at most (default: 256K, or the model's largest tile where that is less).",
      valueName: "pixels"), transform: ArgumentParsing.pixels)
  var batchPixels: Int?

  @Option(
    help: .init("Pictures in flight, bands and encoders included (default: 1G).", valueName: "size"),
    transform: ArgumentParsing.bytes)
  var memory: Int = 1 << 30

  @Option(
    help: .init("Seconds that decoding one image may take (default: 30).", valueName: "seconds"),
    transform: ArgumentParsing.seconds)
  var timeout: Double = 30

  @Option(help: .init("Refuse larger images (default: 50M).", valueName: "pixels"), transform: ArgumentParsing.pixels)
  var maxPixels: Int = 50_000_000

  @Option(help: .init("Refuse larger files (default: 256M).", valueName: "size"), transform: ArgumentParsing.bytes)
  var maxFileSize: Int = 256 << 20

  enum TileChoice: Equatable {
    case auto
    case side(Int)
  }

  var limits: DecodeLimits {
    var limits = DecodeLimits()
    limits.maxPixels = maxPixels
    limits.timeout = .seconds(timeout)
    return limits
  }
}
