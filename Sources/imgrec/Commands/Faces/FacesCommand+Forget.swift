import ArgumentParser
import Platform
import Recognition

extension FacesCommand {
  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a person from the gallery.", usage: "imgrec faces forget [<options>] <name>")
    @Argument(help: "Name of the person.") var name: String
    @OptionGroup var identity: IdentityOptions

    func run() throws {
      try ExitStatus.report {
        try identity.rules("imgrec faces forget", uses: ["--gallery"]).check()
        let path = try identity.path(.standard())
        try GalleryFile.update(path) { present throws(SetupError) in
          guard var gallery = present, gallery.forget(name) else {
            throw SetupError("no person named \(name) in \(path)")
          }
          return gallery
        }
        return .done
      }
    }
  }
}
