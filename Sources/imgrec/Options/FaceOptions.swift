import ArgumentParser
import Foundation
import Recognition

/// Options shared by the commands on faces.
struct FaceOptions: ParsableArguments {
  @OptionGroup var identity: IdentityOptions
  @Option(
    name: [.customShort("m", allowingJoined: true), .long],
    help: .init("Model that detects faces; it must report landmarks.", valueName: "name"),
    completion: .models(of: .faces))
  var model: String?
  @OptionGroup var engineChoice: EngineChoice
  var engine: EngineKind? { engineChoice.engine }
  @Flag(help: "Fetch models that are not installed yet.") var pull = false
}
