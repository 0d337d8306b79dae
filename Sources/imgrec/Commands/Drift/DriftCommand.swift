import ArgumentParser
import Outputs
import Platform
import Recognition

/// `imgrec drift`: how far the answers of a run have moved from those of an earlier one.
struct DriftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift", abstract: "Measure how far answers have moved from a baseline.",
    usage: "imgrec drift [<options>] <baseline> [<records> ...]",
    discussion: """
      Compares labels, scores, numbers of objects, measures of quality, vectors, failures, formats and sizes of two runs \
      of the same models. A difference counts if chance does not explain it and if it is large enough to matter.

      Examples:
        imgrec drift baseline.jsonl today.jsonl
        imgrec scan --task classify,quality new | imgrec drift baseline.jsonl
        imgrec drift baseline.jsonl today.jsonl --hard to-label --count 100

      Exit status: 0 no drift, 1 drift (see --fail-on), 2 could not start or continue, 3 no records, 64 usage.
      """)

  @Argument(
    help: .init("Records to compare with; - is standard input.", valueName: "baseline"),
    completion: .file(extensions: ["jsonl", "json"]))
  var baseline: String

  @OptionGroup(title: "Records") var input: RecordOptions
  @OptionGroup(title: "Comparison") var comparison: DriftOptions
  @OptionGroup(title: "Images to label") var hard: HardOptions
  @OptionGroup(title: "Output") var output: DriftOutputOptions

  func run() throws {
    try ExitStatus.report {
      try rules().check()
      return try measure()
    }
  }

  private func rules() -> [OptionRule] {
    let readsInput = [baseline] + (input.records.isEmpty ? ["-"] : input.records)
    return [
      OptionRule(
        readsInput.count(where: { $0 == "-" }) > 1, "standard input cannot be both the baseline and the records",
        "Name a file for one of them: imgrec drift baseline.jsonl today.jsonl"),
      .needs("--root", input.root != nil, "--hard", hard.hard != nil, add: "--hard DIR"),
    ] + hard.rules()
  }

  private func measure() throws(SetupError) -> ExitStatus {
    let records = try input.files("imgrec drift baseline.jsonl records.jsonl")
    let earlier = RawArguments().path(baseline)
    let bytes = try output.open(inputs: [earlier] + RawArguments().paths(input.records))
    var picking = try hard.picking(input)
    var before = DriftProfile()
    try RecordFiles([earlier]).read { record, _ throws(SetupError) in before.add(record) }
    guard before.images > 0 else { return RecordOptions.empty("the baseline is empty") }
    picking?.begin(before)
    var now = DriftProfile(beside: before)
    try records.read { record, json throws(SetupError) in
      if now.add(record) { picking?.add(record, json) }
    }
    guard now.images > 0 else { return RecordOptions.empty() }
    var notes = try comparison.modelNotes(before, now)
    let result = DriftComparison(before, now, limits: comparison.limits, ignoring: Set(comparison.ignore))
    notes += result.notes
    do throws(SinkError) {
      try DriftReport(result, baseline: before, now: now, notes: notes).write(to: bytes, as: output.format(for: bytes))
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
    }
    if !output.quiet {
      for note in notes { Console.note(note) }
      Console.message(summary(result, before, now) + "\n")
    }
    if var picking { try picking.finish(now, quiet: output.quiet) }
    return comparison.failOn.isMet(by: result.verdict) ? .partialFailure : .done
  }

  /// The line with which a run ends.
  private func summary(_ result: DriftComparison, _ before: DriftProfile, _ now: DriftProfile) -> String {
    var parts: [String] = []
    for verdict in [DriftVerdict.drift, .warning, .small] {
      let names = result.measures.filter { $0.verdict == verdict }.map(\.name)
      if !names.isEmpty { parts.append("\(verdict.rawValue) \(names.joined(separator: ", "))") }
    }
    let few = result.measures.count { $0.verdict == .tooFew }
    if parts.isEmpty, few < result.measures.count { parts.append("no drift") }
    if few > 0 {
      parts.append(
        "too few images for \(few) of \(SummaryLine.counted(result.measures.count, "measure")) "
          + "(--min-images \(comparison.limits.minImages))")
    }
    return "\(SummaryLine.counted(now.images, "image")) beside \(SummaryLine.count(before.images)) of the baseline: "
      + parts.joined(separator: "; ")
  }
}
