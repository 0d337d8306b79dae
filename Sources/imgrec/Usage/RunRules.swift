extension RunOptions {
  func rules() -> [OptionRule] {
    [
      .excludes("--fail-fast", failFast, "--max-failures", maxFailures != nil),
      .excludes("--quiet", quiet, "--verbose", verbose),
      .excludes(
        "--log-format json", log.logFormat == .json, "--progress bar", progress == .bar,
        because: "a bar is drawn over lines of text"),
    ]
  }
}

extension PipelineOptions {
  /// The options that do not have their default, by name. `limits` are about what is decoded, and apply also where no
  /// network runs.
  private func given() -> [(option: String, isGiven: Bool, limits: Bool)] {
    let defaults = (try? Self.parse([])) ?? self
    return [
      ("--decoders", decoders != nil, true), ("--instances", instances != nil, false),
      ("--threads", threads != nil, false), ("--max-batch", maxBatch != nil, false),
      ("--batch-pixels", batchPixels != defaults.batchPixels, false), ("--memory", memory != defaults.memory, false),
      ("--no-warmup", warmup != defaults.warmup, false), ("--timeout", timeout != defaults.timeout, true),
      ("--max-pixels", maxPixels != defaults.maxPixels, true),
      ("--max-file-size", maxFileSize != defaults.maxFileSize, true),
      ("--max-scans", maxScans != defaults.maxScans, true),
      ("--max-warnings", maxWarnings != defaults.maxWarnings, true),
      ("--full-decode", fullDecode != defaults.fullDecode, true),
    ]
  }

  /// The rules of a command that decodes images and runs no network.
  func rulesWithoutNetwork(_ command: String) -> [OptionRule] {
    given().filter { !$0.limits }.map { .idle($0.option, $0.isGiven, in: command, because: "it runs no network") }
  }

  /// The rules of a command whose images others process.
  func rulesOfQueue() -> [OptionRule] {
    given().map {
      .idle(
        $0.option, $0.isGiven, in: "scan --queue", because: "the workers choose it",
        advice: "Give it to imgrec worker, or leave it out.")
    }
  }
}
