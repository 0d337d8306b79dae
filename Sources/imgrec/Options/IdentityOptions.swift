import ArgumentParser
import ModelLibrary
import Pipeline
import Platform
import Recognition

/// Identification of faces against a gallery.
struct IdentityOptions: ParsableArguments {
  @Flag(help: "With the task faces: identify people of the gallery (imgrec faces enroll).")
  var identify = false

  @Flag(help: "With the task faces: report the embedding vector of each face.")
  var vectors = false

  @OptionGroup var identifierChoice: IdentifierOptions
  @OptionGroup var galleryChoice: GalleryOptions
  @OptionGroup var distance: FaceDistanceOptions

  var identifier: String { identifierChoice.identifier }
  var gallery: String? { galleryChoice.gallery }
  var maxDistance: Double? { distance.maxDistance }

  /// Adds the second network to a task that detects faces, if it is requested.
  func add(
    to task: inout TaskPlan, by assembly: Assembly, options: ModelOptions, workers: Assembly.Workers
  ) throws(SetupError) {
    guard identify || vectors else { return }
    try addIdentifier(to: &task, by: assembly, options: options, workers: workers)
    let gallery = identify ? try loadGallery(for: task, in: assembly.store) : nil
    let maxDistance = maxDistance(for: task)
    let reportsVectors = vectors
    task.postprocessKey = ["vectors \(reportsVectors)", "distance \(maxDistance)"]
    if let gallery { task.postprocessKey.append("gallery \(gallery.fingerprint)") }
    task.postprocess = { detections in
      detections.map { detection in
        var detection = detection
        if !detection.vector.isEmpty {
          detection.identity = gallery?.nearest(to: detection.vector, maxDistance: maxDistance)
        }
        if !reportsVectors { detection.vector = [] }
        return detection
      }
    }
  }

  /// Adds the network that computes face vectors to `task`.
  func addIdentifier(
    to task: inout TaskPlan, by assembly: Assembly, options: ModelOptions, workers: Assembly.Workers
  ) throws(SetupError) {
    guard try assembly.store.card(identifier).step?.identifies == true else {
      throw SetupError("\(identifier) does not identify faces; sface and openface_small2 do")
    }
    try assembly.add(identifier, to: &task, options: options, workers: workers)
  }

  /// Returns the network of the task that computes face vectors.
  private static func identifier(of task: TaskPlan) -> LoadedModel? {
    task.steps.first { $0.model.card.step?.identifies == true }?.model
  }

  /// Returns the maximum distance between two faces of one person.
  func maxDistance(for task: TaskPlan) -> Float {
    maxDistance.map(Float.init) ?? Self.identifier(of: task)?.card.defaults?.maxDistance ?? 0.5
  }

  /// Returns the path of the gallery.
  func path(_ store: ModelStore) -> String { galleryChoice.path(store) }

  /// Returns the gallery, which must exist and hold vectors of the task's network.
  func loadGallery(for task: TaskPlan, in store: ModelStore) throws(SetupError) -> FaceGallery {
    let path = path(store)
    guard let gallery = try GalleryFile.read(path) else {
      throw SetupError("no gallery at \(path); run `imgrec faces enroll NAME IMAGE...`")
    }
    try Self.check(gallery, at: path, against: task)
    return gallery
  }

  /// Throws if `gallery` holds vectors of another network than the task's.
  static func check(_ gallery: FaceGallery, at path: String, against task: TaskPlan) throws(SetupError) {
    guard let reference = identifier(of: task)?.reference, reference != gallery.model else { return }
    throw SetupError("the gallery \(path) was made with \(gallery.model), not with \(reference)")
  }
}
