import ArgumentParser
import Outputs
import Platform
import Recognition

extension FacesCommand {
  struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Identify the people in images.",
      usage: "imgrec faces identify [<options>] <paths> ...",
      discussion: """
        Prints one line per face: path, name, distance and box, separated by tabs, on a terminal as a table. jsonl, json \
        and csv are the records of scan --task faces --identify; paths lists the images in which a person of the gallery \
        is found.
        """)
    @OptionGroup(title: "Inputs") var input: InputOptions
    @OptionGroup(title: "Faces") var options: FaceOptions
    @OptionGroup(title: "Faces") var distance: FaceDistanceOptions
    @OptionGroup(title: "Output") var output: FaceOutputOptions

    func run() throws {
      try ExitStatus.report {
        try input.rules("imgrec faces identify").check()
        let listing = output.listing
        let bytes = try listing.open(.records, inputs: FaceSearch.files(input, options))
        let search = try FaceSearch(options, maxDistance: distance.maxDistance, identifies: true)
        let format = listing.format(output.format, for: bytes)
        let sink = try format.sink(bytes, print0: output.print0, groups: false)
        let tally = NameTally(next: sink) { outcome in
          if let failure = outcome.failure, !format.showsFailures {
            listing.note("\(outcome.path): \(failure.message)")
          }
        }
        try bytes.begin()
        let (run, ended) = try search.run(
          input, listing, tableOnTerminal: bytes.isTerminal, interrupted: "run it again", into: tally)
        if let ended { return ended }
        return run.end(tally.found, listing)
      }
    }
  }
}

/// Counts faces and names on their way to the output.
final class NameTally: Sink {
  private let next: any Sink
  private let inspect: (Outcome) -> Void
  private var faces = 0
  private var names: [String: Int] = [:]

  init(next: any Sink, inspect: @escaping (Outcome) -> Void) { (self.next, self.inspect) = (next, inspect) }

  /// "5 faces", "2 identified (Ada 2)".
  var found: [String] {
    let known = names.values.reduce(0, +)
    let sorted = names.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let first = sorted.prefix(5).map { "\(TerminalText.escaped($0.key)) \($0.value)" }.joined(separator: ", ")
    let identified = known == 0 ? "none identified" : "\(known) identified (\(first)\(sorted.count > 5 ? ", …" : ""))"
    return [SummaryLine.counted(faces, "face")] + (faces == 0 ? [] : [identified])
  }

  func write(_ outcome: Outcome) throws(SinkError) {
    inspect(outcome)
    for face in outcome.faces {
      faces += 1
      if let person = face.identity { names[person.name, default: 0] += 1 }
    }
    try next.write(outcome)
  }

  func flush() throws(SinkError) { try next.flush() }
  func finish() throws(SinkError) { try next.finish() }
}
