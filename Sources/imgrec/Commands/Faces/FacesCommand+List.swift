import ArgumentParser
import Outputs
import Platform
import Recognition

extension FacesCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the people of the gallery.", usage: "imgrec faces list [<options>]",
      discussion: "Prints one line per person: name and number of faces, separated by a tab.")
    @OptionGroup var galleryChoice: GalleryOptions

    func run() throws {
      try ExitStatus.report {
        let path = try galleryChoice.path()
        let people = try GalleryFile.read(path)?.people ?? []
        if people.isEmpty {
          Console.note(
            "no people in the gallery \(TerminalText.escaped(path)); imgrec faces enroll NAME IMAGE... adds one")
        }
        for person in people {
          let name = TerminalText.escaped(person.name)
          Console.out("\(name)\t\(person.vectors.count) \(person.vectors.count == 1 ? "face" : "faces")")
        }
        return .done
      }
    }
  }
}
