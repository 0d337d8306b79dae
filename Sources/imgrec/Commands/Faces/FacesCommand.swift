import ArgumentParser

/// `imgrec faces`: a gallery of people, and identification of faces against it.
struct FacesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "faces", abstract: "Keep a gallery of people and identify them in images.",
    discussion: """
      Examples:
        imgrec faces enroll Ada ada1.jpg ada2.jpg
        imgrec faces identify party -o people.csv
        imgrec scan --task faces --identify photos
        imgrec faces cluster photos     # groups by person, without names
      """, subcommands: [Enroll.self, Identify.self, Cluster.self, List.self, Forget.self])
}
