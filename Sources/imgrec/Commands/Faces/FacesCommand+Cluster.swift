import ArgumentParser
import Platform
import Recognition

extension FacesCommand {
  struct Cluster: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Group the faces of images by person.",
      usage: "imgrec faces cluster [<options>] <paths> ...",
      discussion: "Prints one line per face: group, path, name and distance (here -) and box, separated by tabs.")
    @Argument(help: "Images or folders.", completion: .file()) var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        try options.identity.rules("imgrec faces cluster", uses: ["--max-distance", "--identifier"]).check()
        let search = try FaceSearch(options)
        var all: [(outcome: Outcome, face: Detection)] = []
        var problems = 0
        let interruption = try search.run(paths) { outcome, faces in
          if let failure = outcome.failure {
            problems += 1
            return Console.failure(of: outcome.path, failure.message)
          }
          all += faces.filter { !$0.vector.isEmpty }.map { (outcome, $0) }
        }
        if let interruption {
          interruption.print("no groups are printed; run it again")
          return .interrupted
        }
        let maxDistance = options.identity.maxDistance(for: search.task)
        let groups = FaceGallery.clusters(all.map(\.face.vector), maxDistance: maxDistance)
        for (group, entry) in zip(groups, all).sorted(by: { $0.0 < $1.0 }) {
          Console.out("person \(group + 1)\t\(FaceSearch.line(entry.outcome, nil, entry.face))")
        }
        return problems > 0 ? .partialFailure : .done
      }
    }
  }
}
