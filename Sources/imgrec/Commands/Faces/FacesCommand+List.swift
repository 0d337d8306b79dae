import ArgumentParser
import Platform
import Recognition

extension FacesCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the people of the gallery.", usage: "imgrec faces list [<options>]")
    @OptionGroup var identity: IdentityOptions

    func run() throws {
      try ExitStatus.report {
        try identity.rules("imgrec faces list", uses: ["--gallery"]).check()
        for person in try GalleryFile.read(identity.path(.standard()))?.people ?? [] {
          Console.out("\(person.name)\t\(person.vectors.count) \(person.vectors.count == 1 ? "face" : "faces")")
        }
        return .done
      }
    }
  }
}
