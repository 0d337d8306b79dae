import ArgumentParser
import Outputs
import Platform
import Recognition

extension FacesCommand {
  struct Cluster: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Group the faces of images by person.",
      usage: "imgrec faces cluster [<options>] <paths> ...",
      discussion: """
        Prints one line per face: group, path, name and distance (here -) and box, separated by tabs, on a terminal as a \
        table. In jsonl, json and csv each face has its group, such as "person 1", as its identity, and its distance \
        from the mean of the group.
        """)
    @OptionGroup(title: "Inputs") var input: InputOptions
    @OptionGroup(title: "Faces") var options: FaceOptions
    @OptionGroup(title: "Faces") var distance: FaceDistanceOptions
    @OptionGroup(title: "Output") var output: FaceOutputOptions

    func run() throws {
      try ExitStatus.report {
        try input.rules("imgrec faces cluster").check()
        let listing = output.listing
        let bytes = try listing.open(.records, inputs: FaceSearch.files(input, options))
        let search = try FaceSearch(options)
        let format = listing.format(output.format, for: bytes)
        var outcomes: [Outcome] = []
        let (run, ended) = try search.run(
          input, listing, tableOnTerminal: false, interrupted: "no groups are printed; run it again",
          into: OutcomeCollector { outcome in
            if let failure = outcome.failure, !format.showsFailures || format == .table {
              listing.note("\(outcome.path): \(failure.message)")
            }
            outcomes.append(outcome)
          })
        if let ended { return ended }
        let maxDistance = search.identity.maxDistance(for: search.task)
        let (named, people) = FaceGroups.named(outcomes, maxDistance: maxDistance)
        let sink = try format.sink(bytes, print0: output.print0, groups: true)
        do throws(SinkError) {
          for outcome in format == .tsv || format == .table ? FaceGroups.sorted(named) : named {
            try sink.write(outcome)
          }
          try sink.finish()
        } catch {
          if case .failed(let message) = error { throw SetupError(message) }
          return .done
        }
        let faces = named.reduce(0) { $0 + $1.faces.count }
        return run.end(
          [SummaryLine.counted(faces, "face"), people == 1 ? "1 person" : "\(people) people"], listing)
      }
    }
  }
}

/// Faces that have the name of their group for an identity.
enum FaceGroups {
  /// Returns the outcomes with the faces that have a vector, each named, and the number of groups.
  static func named(_ outcomes: [Outcome], maxDistance: Float) -> (outcomes: [Outcome], people: Int) {
    let vectors = outcomes.flatMap { $0.faces.map(\.vector) }.filter { !$0.isEmpty }
    let groups = FaceGallery.clusters(vectors, maxDistance: maxDistance)
    let means = FaceGallery.means(vectors, groups)
    var next = 0
    let named = outcomes.map { outcome in
      outcome.with(
        faces: outcome.faces.compactMap { face in
          guard !face.vector.isEmpty else { return nil }
          var named = face
          let group = groups[next]
          named.identity = Identity(
            name: "person \(group + 1)", distance: FaceGallery.distance(means[group], face.vector))
          named.vector = []
          next += 1
          return named
        })
    }
    return (named, means.count)
  }

  /// One outcome a face, the persons one after another.
  static func sorted(_ outcomes: [Outcome]) -> [Outcome] {
    // "person 2" comes before "person 10".
    let single = outcomes.flatMap { outcome in
      outcome.faces.map { face in
        (group: Int(face.identity?.name.split(separator: " ").last ?? "") ?? 0, outcome: outcome.with(faces: [face]))
      }
    }
    let order = single.indices.sorted { (single[$0].group, $0) < (single[$1].group, $1) }
    return order.map { single[$0].outcome }
  }
}
