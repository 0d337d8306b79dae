import ArgumentParser
import Outputs
import Pipeline
import Platform
import Recognition
import Records

extension PerceptualHash: ExpressibleByArgument {}

/// `imgrec similar`: groups near duplicates by their perceptual hashes.
struct SimilarCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "similar", abstract: "Find near duplicates; nothing is deleted.",
    discussion: """
      Prints one JSON object per group: the image to keep first, and for each image the distance of its hash from that \
      of the first, in bits. Two images are in one group if a chain of images joins them, each within --distance of the \
      next. Pictures of one colour are compared by it.

      Example:
        imgrec similar photos | jq -r '.images[1:][].path'
      """)

  enum Keep: String, ExpressibleByArgument, CaseIterable { case largest, oldest }

  @OptionGroup(title: "Inputs") var input: InputOptions
  @OptionGroup(title: "Pipeline") var pipeline: PipelineOptions
  @Option(help: "Perceptual hash; average and phash have 64 bits, block has 256.") var hash: PerceptualHash = .phash
  @Option(
    help: .init("Maximum distance of two hashes in bits (default: a 16th of the hash's length).", valueName: "n"),
    transform: ArgumentParsing.int(0...32))
  var distance: Int?
  @Option(help: "Image of a group that comes first.") var keep: Keep = .largest
  @Flag(name: [.short, .long], help: "Print errors only, without a summary.") var quiet = false

  func run() throws {
    let stop = StopToken()
    let interrupt = SignalHandler(stop: stop, quiet: quiet)
    defer { withExtendedLifetime(interrupt) {} }
    try ExitStatus.report {
      try (input.rules("imgrec similar") + pipeline.rulesWithoutNetwork("imgrec similar")).check()
      return try find(stop: stop)
    }
  }

  private func find(stop: StopToken) throws(SetupError) -> ExitStatus {
    let paths = try SpooledPaths()
    var index = FingerprintIndex(bits: hash.bits)
    var (sizes, times) = ([PixelSize](), [Int64]())
    let started = monotonicSeconds()
    var report = RunReport()
    var failed = 0
    var problem: SetupError?
    let feed = try input.feed(maxFileSize: pipeline.maxFileSize)
    let fingerprints = FingerprintPipeline(
      feed: feed, hash: hash, limits: pipeline.limits,
      maxFileSize: pipeline.maxFileSize, stop: stop
    ) { path, result in
      switch result {
      case .success(let fingerprint):
        do throws(SetupError) { try paths.append(fingerprint.path) } catch {
          problem = problem ?? error
          return stop.request(.sinkFailed)
        }
        index.append(fingerprint.look)
        sizes.append(fingerprint.size)
        times.append(fingerprint.modified)
      case .failure(let failure):
        failed += 1
        report.countFailure(failure, of: path)
        if !quiet { Console.failure(of: path, "\(failure.code.rawValue): \(failure.message)") }
      }
    }
    fingerprints.run(workers: pipeline.decoders ?? HostInfo.cores)
    if let problem { throw problem }
    if stop.isRequested {
      Console.note("interrupted after \(index.count + failed) images: no groups are printed; run it again")
      return .interrupted
    }
    // From here nothing is left to drain.
    stop.attend(false)

    var clusters = DisjointSets(count: index.count)
    index.pairs(within: distance ?? hash.bits / 16) { clusters.join($0, $1) }
    let output = ByteOutput()
    var (groups, duplicates) = (0, 0)
    for members in clusters.groups() {
      // Among equals the first name wins.
      let named = members.map { (number: $0, path: paths[$0]) }
        .sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
      let first =
        switch keep {
        case .largest: named.max { sizes[$0.number].area < sizes[$1.number].area }!
        case .oldest: named.min { times[$0.number] < times[$1.number] }!
        }
      groups += 1
      duplicates += named.count - 1
      var json = JSONWriter()
      write([first] + named.filter { $0.number != first.number }, sizes, index, to: &json)
      do { try output.write(json: json.out.bytes + [UInt8(ascii: "\n")]) } catch { return try ended(error) }
    }
    do { try output.finish() } catch { return try ended(error) }
    if !quiet {
      (report.inputs, report.ok) = (index.count + failed, index.count)
      var line = SummaryLine(report)
      line.details += [SummaryLine.counted(groups, "group"), SummaryLine.counted(duplicates, "duplicate")]
      line.seconds = monotonicSeconds() - started
      if index.count + failed > 0 { Console.summary(line) }
      if index.count + failed > 0, feed.tally.ignored.total > 0 {
        Console.message("ignored: \(feed.tally.ignored.text)\n")
      }
    }
    if index.count + failed == 0 {
      if !quiet { Console.error(TerminalText.escaped(feed.noImagesMessage)) }
      return .noImages
    }
    return failed > 0 ? .partialFailure : .done
  }

  private func write(
    _ group: [(number: Int, path: RawPath)], _ sizes: [PixelSize], _ index: FingerprintIndex, to json: inout JSONWriter
  ) {
    json.beginObject()
    json.key("schema")
    json.string("imgrec-similar/1")
    json.key("hash")
    json.string(hash.rawValue)
    json.key("keep")
    json.string(keep.rawValue)
    json.key("images")
    json.beginArray()
    for member in group {
      json.beginObject()
      json.key("path")
      json.string(repairing: member.path.bytes)
      if !member.path.isUTF8 {
        json.key("path_bytes")
        json.raw { $0.append(base64: member.path.bytes) }
      }
      json.key("distance")
      json.number(index.distance(group[0].number, member.number))
      json.key("width")
      json.number(sizes[member.number].width)
      json.key("height")
      json.number(sizes[member.number].height)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  /// Returns `done` for a closed pipe, and throws any other error.
  private func ended(_ error: SinkError) throws(SetupError) -> ExitStatus {
    if case .failed(let message) = error { throw SetupError(message) }
    return .done
  }
}
