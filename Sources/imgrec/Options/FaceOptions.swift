import ArgumentParser
import Foundation

/// Options shared by the commands on faces.
struct FaceOptions: ParsableArguments {
  @OptionGroup var identity: IdentityOptions
  @Option(
    name: [.short, .long],
    help: .init("Model that detects faces; it must report landmarks.", valueName: "name"),
    completion: .models(of: .faces))
  var model: String?
  @Option(help: "Engine that runs the networks; auto takes the fastest one installed.") var engine:
    ModelOptions.EngineChoice = .auto
  @Flag(help: "Fetch models that are not installed yet.") var pull = false
}
