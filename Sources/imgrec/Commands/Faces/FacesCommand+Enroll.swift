import ArgumentParser
import Platform
import Recognition

extension FacesCommand {
  struct Enroll: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enrol a person from pictures in which theirs is the largest face.",
      usage: "imgrec faces enroll [<options>] <name> <paths> ...")
    @Argument(help: "Name of the person.") var name: String
    @Argument(help: "Images or folders.", completion: .file()) var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        guard !name.isEmpty, !paths.isEmpty else { throw SetupError("a name and at least one image are needed") }
        let search = try FaceSearch(options)
        let path = options.identity.path(search.store)
        var gallery = try GalleryFile.read(path) ?? FaceGallery(model: search.reference)
        try IdentityOptions.check(gallery, at: path, against: search.task)
        var (added, problems) = (0, 0)
        try search.run(paths) { outcome, faces in
          guard let face = faces.max(by: { $0.box.area < $1.box.area }), !face.vector.isEmpty else {
            problems += 1
            return Console.note("\(outcome.path): \(outcome.failure?.message ?? "no face with landmarks")")
          }
          gallery.enroll(name, face.vector)
          added += 1
        }
        guard added > 0 else { throw SetupError("no face of \(name) was found") }
        try GalleryFile.write(gallery, to: path)
        print("\(name)\t\(added) \(added == 1 ? "face" : "faces") added")
        return problems > 0 ? .partialFailure : .done
      }
    }
  }
}
