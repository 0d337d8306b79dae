import Platform
import Queue

extension SubmissionOptions {
  private var hasOwnLimit: Bool { maxPending != ((try? Self.parse([]))?.maxPending ?? maxPending) }

  /// The rules of `imgrec scan` without a queue.
  func rulesWithoutQueue() -> [OptionRule] {
    let given = [
      ("--inline", inline != nil), ("--max-pending", hasOwnLimit), ("--shards", shards != nil), ("--digest", digest),
    ]
    return given.map { .needs($0.0, $0.1, "--queue", false, add: "--queue URL") }
  }

  /// The rules of a submission.
  func rules(_ cache: CacheOptions) -> [OptionRule] {
    [
      OptionRule(
        (inline ?? 0) > QueueManifest.maxInline, "--inline is limited to 16M",
        "Use --inline 16M: larger images are sent as paths."),
      OptionRule(
        digest && (cache.cache == "off" || cache.cache == "refresh"),
        "--digest looks images up in the cache; this run has --cache \(cache.cache)",
        "Leave --digest or --cache \(cache.cache) out."),
    ]
  }
}

extension ModelOptions {
  /// The rules of options that the workers of a queue receive.
  func rulesOfQueue() -> [OptionRule] {
    [
      OptionRule(
        head != nil, "--head cannot be used with --queue: the workers read cards",
        "Put a card, FILE.json, beside the network, and leave --head out.")
    ]
  }
}

extension SubmitCommand {
  func checkUsage() throws(SetupError) {
    try cache.check()
    try
      (input.rules("imgrec submit --inline 16M --queue URL") + model.rules() + model.rulesOfQueue()
      + submission.rules(cache) + watching.rules("imgrec submit", input)
      + [
        .needs("--journal", journal != nil, "--watch", watching.watch),
        .needs("--watch", watching.watch, "--journal FILE", journal != nil),
      ])
      .check()
    let cards = try Assembly(store: .standard(), pulls: false).cards(model)
    try RunTasks(cards, options: model).filterRules().check()
  }
}
