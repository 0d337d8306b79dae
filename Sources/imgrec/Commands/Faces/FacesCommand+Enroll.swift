import ArgumentParser
import Foundation
import Outputs
import Platform
import Recognition

extension FacesCommand {
  struct Enroll: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enrol a person from pictures of their face.",
      usage: "imgrec faces enroll [<options>] <name> <paths> ...",
      discussion: """
        A picture with several faces is refused, unless --largest says that theirs is the largest. A face that the \
        person has already is not added again.

        Exit status: 0 done, 1 some pictures were refused or failed, 2 nothing was enrolled, 3 no images, 64 usage,
        130 interrupted.
        """)
    @Argument(help: "Name of the person.") var name: String
    @OptionGroup(title: "Inputs") var input: InputOptions
    @Flag(help: "Of several faces in a picture, take the largest.") var largest = false
    @OptionGroup(title: "Faces") var options: FaceOptions
    @Option(help: "Progress on standard error (default: bar on a terminal).")
    var progress: RunOptions.ProgressForm?
    @OptionGroup var log: LogOptions
    @Flag(name: [.short, .long], help: "Print errors only: no summary, no progress.") var quiet = false

    func validate() throws {
      guard !name.allSatisfy(\.isWhitespace) else { throw ValidationError("The name of the person is empty.") }
      guard TerminalText.escaped(name) == name else {
        throw ValidationError("The name \"\(TerminalText.escaped(name))\" contains control characters.")
      }
      guard !FileManager.default.fileExists(atPath: name) || RawPath(name).isNamedLikeImage == false else {
        throw ValidationError("'\(name)' is an image: name the person before it, imgrec faces enroll NAME \(name).")
      }
    }

    func run() throws {
      try ExitStatus.report {
        try input.rules("imgrec faces enroll").check()
        let path = try options.galleryChoice.path()
        let search = try FaceSearch(options)
        try GalleryFile.checkWritable(path)
        // Refused before the images are looked at, and looked at again when the gallery is changed.
        if let gallery = try GalleryFile.read(path) {
          try IdentityOptions.check(gallery, at: path, against: search.task)
        }
        var listing = try listingOptions()
        listing.progress = progress
        listing.quiet = quiet
        var found: [(image: RawPath, vector: [Float])] = []
        var refused = 0
        let (run, ended) = try search.run(
          input, listing, tableOnTerminal: false, interrupted: "the gallery is as it was; run it again",
          into: OutcomeCollector { outcome in
            switch Self.choice(of: outcome, largest: largest) {
            case .success(let choice):
              if let note = choice.note, !quiet { listing.note("\(outcome.path): \(note)") }
              found.append((outcome.path, choice.face.vector))
            case .failure(let refusal):
              refused += 1
              listing.note("\(outcome.path): \(refusal.reason)")
            }
          })
        if let ended { return ended }
        guard !found.isEmpty else {
          throw SetupError(
            "\(name) was not enrolled: \(run.report.inputs == 1 ? "the picture was" : "all pictures were") refused")
        }
        var (added, others) = (0, [String]())
        try GalleryFile.update(path) { present throws(SetupError) in
          var gallery = present ?? FaceGallery(model: search.reference)
          try IdentityOptions.check(gallery, at: path, against: search.task)
          (added, others) = (0, [])
          let limit = search.identity.maxDistance(for: search.task)
          for face in found {
            if let other = gallery.nearest(to: face.vector, maxDistance: limit), other.name != name {
              others.append(
                "\(face.image): this face is near \(other.name) of the gallery (distance \(other.distance.short))")
            }
            if gallery.enroll(name, face.vector) { added += 1 }
          }
          return gallery
        }
        Console.out("\(name)\t\(added) \(added == 1 ? "face" : "faces") added")
        if !quiet {
          for other in others { Console.note(TerminalText.escaped(other)) }
          let repeated = found.count - added
          let parts =
            ["\(SummaryLine.counted(added, "face")) of \(name) enrolled"]
            + (repeated > 0 ? ["\(repeated) enrolled before"] : []) + (refused > 0 ? ["\(refused) refused"] : [])
          // Standard output has the number already.
          if repeated + refused > 0 {
            Console.note("\(SummaryLine.counted(run.report.inputs, "image")): \(parts.joined(separator: ", "))")
          }
        }
        return refused > 0 ? .partialFailure : .done
      }
    }

    private func listingOptions() throws(SetupError) -> ListingOptions {
      do { return try ListingOptions.parse([]) } catch { throw SetupError("\(error)") }
    }

    struct Refusal: Error { var reason: String }

    /// The face of the person in an image, or why it has none.
    static func choice(
      of outcome: Outcome, largest: Bool
    ) -> Result<(face: Detection, note: String?), Refusal> {
      if let failure = outcome.failure { return .failure(Refusal(reason: failure.message)) }
      let faces = outcome.faces
      guard let face = faces.max(by: { $0.box.area < $1.box.area }) else {
        return .failure(Refusal(reason: "no face; crop the picture closer to it"))
      }
      guard faces.count == 1 || largest else {
        return .failure(Refusal(reason: "\(faces.count) faces; crop it, or take the largest with --largest"))
      }
      guard !face.vector.isEmpty else {
        return .failure(Refusal(reason: "no landmarks of the face; take a detector that reports them, --model yunet"))
      }
      guard faces.count > 1 else { return .success((face, nil)) }
      let box = [face.box.x, face.box.y, face.box.width, face.box.height].map { "\(Int($0.rounded()))" }
      return .success((face, "took the largest of \(faces.count) faces, at \(box.joined(separator: ","))"))
    }
  }
}

extension Float {
  /// With at most three decimals.
  fileprivate var short: String { "\((Double(self) * 1000).rounded() / 1000)" }
}
