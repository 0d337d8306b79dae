import ArgumentParser
import Codecs
import Platform

/// Pipeline sizing and limits; the defaults are measured.
struct PipelineOptions: ParsableArguments {
  /// Bytes.
  static let defaultMemory = 1 << 30

  @Option(help: .init("Number of decoding workers.", valueName: "n"), transform: ArgumentParsing.int(1...1024))
  var decoders: Int?

  @Option(help: .init("Number of instances of each network.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var instances: Int?

  @Option(help: .init("Number of threads per instance.", valueName: "n"), transform: ArgumentParsing.int(1...256))
  var threads: Int?

  @Option(help: .init("Maximum number of images in a batch.", valueName: "n"), transform: ArgumentParsing.int(1...4096))
  var maxBatch: Int?

  @Option(
    help: .init("Maximum number of pixels in a batch's tensor, padding included (default: 24M).", valueName: "pixels"),
    transform: ArgumentParsing.pixels)
  var batchPixels: Int = 24_000_000

  @Option(
    help: .init("Memory for decoded pixels and tensors in flight (default: 1G).", valueName: "size"),
    transform: ArgumentParsing.bytes(bareFrom: 1 << 20))
  var memory: Int = Self.defaultMemory

  @Flag(inversion: .prefixedNo, help: "Run each network once before the first image.")
  var warmup = true

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

  @Option(
    help: .init("Refuse progressive JPEGs with more scans than this (default: 500).", valueName: "n"),
    transform: ArgumentParsing.count)
  var maxScans: Int = 500

  @Option(
    help: .init("Fail a damaged image with more decoder warnings than this (default: 100).", valueName: "n"),
    transform: ArgumentParsing.int(0...Int(Int32.max)))
  var maxWarnings: Int = 100

  @Flag(help: "Decode every image at full size, for comparisons.")
  var fullDecode = false
}

extension PipelineOptions {
  /// The limits of decoding that the options set.
  var limits: DecodeLimits {
    var limits = DecodeLimits()
    limits.maxPixels = maxPixels
    limits.maxScans = maxScans
    limits.maxWarnings = maxWarnings
    limits.timeout = .seconds(timeout)
    limits.fullDecode = fullDecode
    return limits.isolated
  }
}
