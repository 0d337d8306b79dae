import ArgumentParser
import Foundation
import Platform
import Recognition

/// People by their faces: the gallery, and who is who.
struct FacesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "faces", abstract: "Keeps a gallery of people's faces, and tells who is in pictures.",
    discussion: """
      imgrec faces enroll "Ada" ada1.jpg ada2.jpg
      imgrec faces identify party/
      imgrec scan --task faces --identify photos
      imgrec faces cluster photos       # who is the same, without names
      """, subcommands: [Enroll.self, Identify.self, Cluster.self, List.self, Forget.self])

  struct Enroll: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Adds a person by pictures of which he or she is the largest face.")
    @Argument(help: "The person's name.") var name: String
    @Argument(help: "Images or folders.") var paths: [String]
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

  struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tells who is in images: path, name, distance, box; one line a face.")
    @Argument(help: "Images or folders.") var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        let search = try FaceSearch(options)
        let gallery = try options.identity.people(for: search.task, in: search.store)
        let most = options.identity.most(search.task)
        var problems = 0
        try search.run(paths) { outcome, faces in
          if let failure = outcome.failure {
            problems += 1
            return Console.note("\(outcome.path): \(failure.message)")
          }
          for face in faces {
            let found = face.vector.isEmpty ? nil : gallery.nearest(to: face.vector, most: most)
            print(FaceSearch.line(outcome, found.map { ($0.name, $0.distance) }, face))
          }
        }
        return problems > 0 ? .partialFailure : .done
      }
    }
  }

  struct Cluster: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Groups the faces of images by person: group, path, box; one line a face.")
    @Argument(help: "Images or folders.") var paths: [String]
    @OptionGroup var options: FaceOptions

    func run() throws {
      try ExitStatus.report {
        let search = try FaceSearch(options)
        var all: [(outcome: Outcome, face: Detection)] = []
        var problems = 0
        try search.run(paths) { outcome, faces in
          if let failure = outcome.failure {
            problems += 1
            return Console.note("\(outcome.path): \(failure.message)")
          }
          all += faces.filter { !$0.vector.isEmpty }.map { (outcome, $0) }
        }
        let groups = FaceGallery.clusters(all.map(\.face.vector), most: options.identity.most(search.task))
        for (group, entry) in zip(groups, all).sorted(by: { $0.0 < $1.0 }) {
          print("person \(group + 1)\t\(FaceSearch.line(entry.outcome, nil, entry.face))")
        }
        return problems > 0 ? .partialFailure : .done
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the people of the gallery.")
    @OptionGroup var identity: IdentityOptions

    func run() throws {
      try ExitStatus.report {
        for person in try GalleryFile.read(identity.path(.standard()))?.people ?? [] {
          print("\(person.name)\t\(person.vectors.count) \(person.vectors.count == 1 ? "face" : "faces")")
        }
        return .done
      }
    }
  }

  struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Removes a person from the gallery.")
    @Argument(help: "The person's name.") var name: String
    @OptionGroup var identity: IdentityOptions

    func run() throws {
      try ExitStatus.report {
        let path = try identity.path(.standard())
        guard var gallery = try GalleryFile.read(path), gallery.forget(name) else {
          throw SetupError("there is nobody called \(name) in \(path)")
        }
        try GalleryFile.write(gallery, to: path)
        return .done
      }
    }
  }
}
