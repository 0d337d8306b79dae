import Platform
import Recognition

/// A network of a run of `imgrec upscale`, with one engine for each inference worker.
///
/// Unchecked: each engine is used by its worker alone.
public final class UpscaleNetwork: @unchecked Sendable {
  public let model: LoadedModel
  private let open: () throws(SetupError) -> [any Engine]
  private let engines = Monitor<Result<[any Engine], Failure>?>(nil)

  /// A network whose engines `open` makes when the first is needed, as many as there are workers.
  public init(_ model: LoadedModel, open: @escaping () throws(SetupError) -> [any Engine]) {
    self.model = model
    self.open = open
  }

  /// A network whose engines are open.
  convenience init(_ model: LoadedModel, _ instances: [any Engine]) {
    self.init(model) { instances }
    _ = try? engine(0)
  }

  /// The engine of a worker. Throws if the engines cannot be made; every call throws then.
  func engine(_ worker: Int) throws(Failure) -> any Engine {
    let opened = engines.withLock { engines -> Result<[any Engine], Failure> in
      if let engines { return engines }
      var made: Result<[any Engine], Failure>
      do throws(SetupError) { made = .success(try open()) } catch {
        made = .failure(Failure(.infer, .inferenceFailed, "\(model.card.name): \(error.description)"))
      }
      engines = made
      return made
    }
    return try opened.get()[worker]
  }

  /// Ends the runs that are in progress on other threads.
  func cancel() {
    guard case .success(let opened) = engines.withLock({ $0 }) else { return }
    for engine in opened { engine.cancel() }
  }
}
