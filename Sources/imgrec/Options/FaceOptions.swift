import ArgumentParser
import ModelLibrary
import Platform
import Recognition

/// The file of the gallery.
struct GalleryOptions: ParsableArguments {
  @Option(
    help: .init(
      "File of the gallery (default: $IMGREC_GALLERY, or gallery.json beside the models).", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var gallery: String?

  /// Returns the path of the gallery.
  func path() throws(SetupError) -> String {
    if let gallery { return gallery }
    return path(try .standard())
  }

  /// Returns the path of the gallery; the usual one is beside the models of `store`.
  func path(_ store: ModelStore) -> String { gallery ?? GalleryFile.standard(models: store.directory) }
}

/// The network that computes the vectors of faces.
struct IdentifierOptions: ParsableArguments {
  @Option(
    help: .init(
      "Network that computes the vectors: sface or openface_small2. A gallery holds vectors of one network.",
      valueName: "name"),
    completion: .list(["sface", "openface_small2"]))
  var identifier = "sface"
}

/// Options shared by the commands that look for faces in images.
struct FaceOptions: ParsableArguments {
  @OptionGroup var galleryChoice: GalleryOptions
  @OptionGroup var identifierChoice: IdentifierOptions
  @Option(
    name: [.customShort("m", allowingJoined: true), .long],
    help: .init("Model that detects faces; it must report landmarks.", valueName: "name"),
    completion: .models(of: .faces))
  var model: String?
  @OptionGroup var engineChoice: EngineChoice
  var engine: EngineKind? { engineChoice.engine }
  @OptionGroup var precisionChoice: PrecisionChoice
  @Flag(help: "Fetch models that are not installed yet.") var pull = false

  /// The options of `scan` for the same gallery and network.
  func identity(maxDistance: Double? = nil) throws(SetupError) -> IdentityOptions {
    var options: IdentityOptions
    do { options = try IdentityOptions.parse([]) } catch { throw SetupError("\(error)") }
    options.galleryChoice = galleryChoice
    options.identifierChoice = identifierChoice
    options.distance.maxDistance = maxDistance
    return options
  }
}

/// The distance up to which two faces are of one person.
struct FaceDistanceOptions: ParsableArguments {
  @Option(
    help: .init("Maximum distance between two faces of one person (default: the network's).", valueName: "distance"),
    transform: ArgumentParsing.number(0...2))
  var maxDistance: Double?
}
