import ArgumentParser
import Codecs
import Platform

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

extension PipelineOptions {
  var limits: DecodeLimits {
    var limits = DecodeLimits()
    limits.maxPixels = maxPixels
    limits.maxScans = maxScans
    limits.maxWarnings = maxWarnings
    limits.timeout = .seconds(timeout)
    limits.fullDecode = fullDecode
    return limits
  }
}
