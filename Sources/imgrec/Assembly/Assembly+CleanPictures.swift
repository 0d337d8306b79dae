import ModelLibrary
import Pipeline
import Platform
import Recognition

extension Assembly {
  /// The choice of a network for clean pictures beside that of a run; nil if the user named the run's (`isNamed`), or
  /// its card has none. Nothing is opened before the first picture that may be clean.
  func cleanPictures(besides photo: LoadedModel, isNamed: Bool, _ options: ModelOptions, _ workers: Workers)
    throws(SetupError) -> CleanPictures?
  {
    guard !isNamed, let name = photo.card.head.upscale?.clean else { return nil }
    let clean = try store.load(store.card(name))
    let one = Workers(instances: 1, threads: workers.threads)
    func network(_ model: LoadedModel, _ workers: Workers) -> UpscaleNetwork {
      UpscaleNetwork(model) { () throws(SetupError) in
        try self.task(model, options: options, workers: workers).instances
      }
    }
    return CleanPictures(network(clean, workers), samplers: (network(photo, one), network(clean, one)))
  }
}
