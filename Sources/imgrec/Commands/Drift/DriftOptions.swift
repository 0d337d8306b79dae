import ArgumentParser
import Outputs
import Platform

/// What counts as drift.
struct DriftOptions: ParsableArguments {
  @Option(
    help: .init("Stability index (PSI) that is drift (default: 0.25).", valueName: "psi"),
    transform: ArgumentParsing.number(0.001...100))
  var psi = 0.25

  @Option(
    help: .init("KS distance that is drift (default: 0.1).", valueName: "d"),
    transform: ArgumentParsing.fraction)
  var ks = 0.1

  @Option(
    help: .init("Chance of a false alarm (default: 0.01).", valueName: "p"),
    transform: ArgumentParsing.fraction)
  var significance = 0.01

  @Option(
    help: .init("Images that each run needs (default: 50).", valueName: "n"),
    transform: ArgumentParsing.int(10...1_000_000))
  var minImages = 50

  @Option(
    name: .customLong("ignore"),
    help: .init("Measures to leave out, or tasks: quality.dark,faces.", valueName: "names"),
    transform: ArgumentParsing.list)
  var ignoreLists: [[String]] = []

  @Option(help: "Verdict from which on the exit status is 1.") var failOn: FailOn = .drift

  @Flag(help: "Compare answers of different models.") var allowOtherModels = false

  enum FailOn: String, ExpressibleByArgument, CaseIterable {
    case drift, warning, never

    func isMet(by verdict: DriftVerdict) -> Bool {
      switch self {
      case .drift: verdict == .drift
      case .warning: verdict == .drift || verdict == .warning
      case .never: false
      }
    }
  }
}

extension DriftOptions {
  /// Names of measures to leave out.
  var ignore: [String] { ignoreLists.flatMap(\.self) }

  var limits: DriftLimits {
    var limits = DriftLimits()
    limits.psi = psi
    limits.ks = max(ks, .leastNonzeroMagnitude)
    limits.significance = significance
    limits.minImages = minImages
    return limits
  }

  /// Notes about answers of other models than the baseline's. Throws unless they may be compared.
  func modelNotes(_ before: DriftProfile, _ now: DriftProfile) throws(SetupError) -> [String] {
    let foreign = now.foreignModels(before).filter { !ignore.contains($0.task.rawValue) }
    let notes = foreign.map { entry in
      "\(entry.task.rawValue) is by \(entry.models.joined(separator: " and ")), in the baseline by "
        + entry.baseline.joined(separator: " and ")
    }
    guard let first = notes.first, !allowOtherModels else { return notes }
    throw SetupError(
      "\(first): the difference of two models is no drift\n"
        + "Scan with the baseline's model, make a new baseline, or add --allow-other-models.")
  }
}

extension DriftFormat: ExpressibleByArgument {}

/// Output of a comparison.
struct DriftOutputOptions: ParsableArguments {
  @Option(name: [.short, .long], help: .init("Write to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Option(help: "Format of the comparison (default: table on a terminal, else json).")
  var format: DriftFormat?

  @Option(help: "Action if the output file exists; only overwrite replaces a file that is no earlier output.")
  var onExists: OnExists = .error

  @Flag(name: [.short, .long], help: "Print errors only: no summary, no notes.")
  var quiet = false
}

extension DriftOutputOptions {
  /// Path of the output file; nil for standard output.
  private var file: RawPath? { RawArguments().outputFile(output) }

  /// Opens the output; `inputs` are the files that are read.
  func open(inputs: [RawPath]) throws(SetupError) -> ByteOutput {
    guard let file else { return ByteOutput() }
    var files = InputFiles()
    for path in inputs where path != RawPath("-") { files.add(path, role: "an input of this run") }
    files.add(descriptor: STDIN_FILENO, role: "an input of this run")
    var outputs = OutputFiles(inputs: files, overwrites: onExists == .overwrite)
    return ByteOutput(try outputs.open(file, flag: "-o", kind: .drift))
  }

  func format(for output: ByteOutput) -> DriftFormat { format ?? (output.isTerminal ? .table : .json) }
}
