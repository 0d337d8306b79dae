import ArgumentParser
import Foundation
import Recognition

/// What the commands on faces share.
struct FaceOptions: ParsableArguments {
  @OptionGroup var identity: IdentityOptions
  @Option(
    name: [.short, .long], help: .init("The model that finds the faces; it has to give landmarks.", valueName: "name"))
  var model: String?
  @OptionGroup var engineChoice: EngineChoice
  var engine: EngineKind? { engineChoice.engine }
  @Flag(help: "Fetch models that are not here yet, without asking.") var pull = false
}
