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
        try options.identity.rules("imgrec faces enroll", uses: ["--gallery", "--identifier"]).check()
        guard !name.isEmpty, !paths.isEmpty else { throw SetupError("a name and at least one image are needed") }
        let search = try FaceSearch(options)
        let path = options.identity.path(search.store)
        try GalleryFile.checkWritable(path)
        // Refused before the images are looked at, and looked at again when the gallery is changed.
        if let gallery = try GalleryFile.read(path) {
          try IdentityOptions.check(gallery, at: path, against: search.task)
        }
        var vectors: [[Float]] = []
        var problems = 0
        let interruption = try search.run(paths) { outcome, faces in
          guard let face = faces.max(by: { $0.box.area < $1.box.area }), !face.vector.isEmpty else {
            problems += 1
            return Console.failure(of: outcome.path, outcome.failure?.message ?? "no face with landmarks")
          }
          vectors.append(face.vector)
        }
        if let interruption {
          interruption.print("the gallery is as it was; run it again")
          return .interrupted
        }
        guard !vectors.isEmpty else { throw SetupError("no face of \(name) was found") }
        try GalleryFile.update(path) { present throws(SetupError) in
          var gallery = present ?? FaceGallery(model: search.reference)
          try IdentityOptions.check(gallery, at: path, against: search.task)
          for vector in vectors { gallery.enroll(name, vector) }
          return gallery
        }
        let added = vectors.count
        Console.out("\(name)\t\(added) \(added == 1 ? "face" : "faces") added")
        return problems > 0 ? .partialFailure : .done
      }
    }
  }
}
