import ArgumentParser
import Outputs
import Platform
import Recognition

extension FacesCommand {
  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a person from the gallery.", usage: "imgrec faces forget [<options>] <name>")
    @Argument(help: "Name of the person.") var name: String
    @OptionGroup var galleryChoice: GalleryOptions

    func run() throws {
      try ExitStatus.report {
        let path = try galleryChoice.path()
        // Without a gallery no folder is made for one.
        guard try GalleryFile.read(path) != nil else { throw Self.unknown(name, among: nil, path) }
        try GalleryFile.update(path) { present throws(SetupError) in
          guard var gallery = present, gallery.forget(name) else {
            throw Self.unknown(name, among: present?.people.map(\.name), path)
          }
          return gallery
        }
        return .done
      }
    }

    /// `people`: the names of the gallery; nil if there is no gallery.
    private static func unknown(_ name: String, among people: [String]?, _ path: String) -> SetupError {
      let (name, path) = (TerminalText.escaped(name), TerminalText.escaped(path))
      guard let people else {
        return SetupError("no person named \"\(name)\": there is no gallery at \(path); name it with --gallery FILE")
      }
      guard !people.isEmpty else { return SetupError("no person named \"\(name)\": the gallery \(path) is empty") }
      let close = Suggestions.close(to: name, among: people).map { "\"\(TerminalText.escaped($0))\"" }
      return SetupError(
        "no person named \"\(name)\" in \(path); "
          + (close.isEmpty ? "imgrec faces list shows the names" : "did you mean \(close.joined(separator: " or "))?"))
    }
  }
}
