import ArgumentParser
import ModelLibrary
import Pipeline
import Platform
import Recognition

/// Whose faces.
struct IdentityOptions: ParsableArguments {
  @Flag(help: "With the task faces: tell who of the gallery it is (imgrec faces enroll).")
  var identify = false

  @Flag(help: "With the task faces: tell each face's vector, for uses of your own.")
  var vectors = false

  @Option(
    help: .init(
      "The network that tells faces apart: sface or openface_small2; a gallery is of one.", valueName: "name"))
  var identifier = "sface"

  @Option(help: .init("The gallery (default: $IMGREC_GALLERY, or gallery.json beside the models).", valueName: "file"))
  var gallery: String?

  @Option(
    help: .init("Distance up to which two faces are of one person (default: the model's).", valueName: "distance"),
    transform: ArgumentParsing.number(0...2))
  var maxDistance: Double?

  /// Puts the second network to a task that finds faces, where it is wanted.
  func add(
    to task: inout TaskPlan, by assembly: Assembly, options: ModelOptions, workers: Assembly.Workers
  ) throws(SetupError) {
    guard identify || vectors else { return }
    try addIdentifier(to: &task, by: assembly, options: options, workers: workers)
    let known = identify ? try people(for: task, in: assembly.store) : nil
    let most = most(task)
    let tells = vectors
    task.postprocessKey = ["vectors \(tells)", "distance \(most)"]
    if let known { task.postprocessKey.append("gallery \(known.fingerprint)") }
    task.postprocess = { things in
      things.map { thing in
        var thing = thing
        if !thing.vector.isEmpty { thing.identity = known?.nearest(to: thing.vector, most: most) }
        if !tells { thing.vector = [] }
        return thing
      }
    }
  }

  func addIdentifier(
    to task: inout TaskPlan, by assembly: Assembly, options: ModelOptions, workers: Assembly.Workers
  ) throws(SetupError) {
    guard try assembly.store.card(identifier).step?.identifies == true else {
      throw SetupError("\(identifier) does not tell faces apart; sface and openface_small2 do")
    }
    try assembly.add(identifier, to: &task, options: options, workers: workers)
  }

  /// The network of the task that tells faces apart.
  private static func identifier(of task: TaskPlan) -> LoadedModel? {
    task.steps.first { $0.model.card.step?.identifies == true }?.model
  }

  /// Throws where nothing looks for faces.
  func check(_ tasks: [TaskPlan]) throws(SetupError) {
    guard identify || vectors, !tasks.contains(where: { $0.task == .faces }) else { return }
    throw SetupError("--identify and --vectors go with the task faces: --task faces")
  }

  /// How far faces of one person are apart at most.
  func most(_ task: TaskPlan) -> Float {
    maxDistance.map(Float.init) ?? Self.identifier(of: task)?.card.defaults?.maxDistance ?? 0.5
  }

  func path(_ store: ModelStore) -> String { gallery ?? GalleryFile.standard(models: store.directory) }

  /// The gallery, which has to be there and of the task's network.
  func people(for task: TaskPlan, in store: ModelStore) throws(SetupError) -> FaceGallery {
    let path = path(store)
    guard let gallery = try GalleryFile.read(path) else {
      throw SetupError("there is no gallery \(path): run \"imgrec faces enroll NAME IMAGE...\"")
    }
    try Self.check(gallery, at: path, against: task)
    return gallery
  }

  static func check(_ gallery: FaceGallery, at path: String, against task: TaskPlan) throws(SetupError) {
    guard let reference = identifier(of: task)?.reference, reference != gallery.model else { return }
    throw SetupError("the gallery \(path) was made by \(gallery.model), not by \(reference)")
  }
}
