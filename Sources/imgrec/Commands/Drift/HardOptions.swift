import ArgumentParser
import Outputs
import Platform

extension ProposalFormat: ExpressibleByArgument {}

/// What to label next.
struct HardOptions: ParsableArguments {
  @Option(
    help: .init("Collect images worth labelling in a new folder.", valueName: "dir"),
    completion: .directory)
  var hard: String?

  @Option(
    help: .init("Number of images to collect (default: \(Self.defaultCount)).", valueName: "n"),
    transform: ArgumentParsing.int(1...10_000))
  var count: Int?

  @Option(help: "Kind of the entries (default: symbolic).") var link: FilingForm?

  @Option(help: "Write the found objects for a labelling tool.") var proposals: ProposalFormat?

  fileprivate static let defaultCount = 50
}

extension HardOptions {
  func rules() -> [OptionRule] {
    let isGiven = hard != nil
    return [
      .needs("--count", count != nil, "--hard", isGiven, add: "--hard DIR"),
      .needs("--link", link != nil, "--hard", isGiven, add: "--hard DIR"),
      .needs("--proposals", proposals != nil, "--hard", isGiven, add: "--hard DIR"),
    ]
  }

  /// The collection that the options ask for; nil if none. Throws if its folder has anything in it.
  func picking(_ records: RecordOptions) throws(SetupError) -> HardPicking? {
    guard let hard else { return nil }
    return HardPicking(
      folder: try HardFolder(RawArguments().path(hard), link: link ?? .symbolic), count: count ?? Self.defaultCount,
      proposals: proposals, originals: try records.images())
  }
}
