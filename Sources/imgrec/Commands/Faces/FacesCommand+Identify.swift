import ArgumentParser
import Platform
import Recognition

extension FacesCommand {
  struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Identify the people in images.",
      usage: "imgrec faces identify [<options>] <paths> ...",
      discussion: "Prints one line per face: path, name, distance and box, separated by tabs.")
    @Argument(help: "Images or folders.", completion: .file()) var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        try options.identity.rules("imgrec faces identify", uses: ["--gallery", "--max-distance", "--identifier"])
          .check()
        let search = try FaceSearch(options)
        let gallery = try options.identity.loadGallery(for: search.task, in: search.store)
        let maxDistance = options.identity.maxDistance(for: search.task)
        var problems = 0
        let interruption = try search.run(paths) { outcome, faces in
          if let failure = outcome.failure {
            problems += 1
            return Console.failure(of: outcome.path, failure.message)
          }
          for face in faces {
            let match = face.vector.isEmpty ? nil : gallery.nearest(to: face.vector, maxDistance: maxDistance)
            Console.out(FaceSearch.line(outcome, match.map { ($0.name, $0.distance) }, face))
          }
        }
        if let interruption {
          interruption.print("run it again")
          return .interrupted
        }
        return problems > 0 ? .partialFailure : .done
      }
    }
  }
}
