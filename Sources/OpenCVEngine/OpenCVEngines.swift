import COpenCV
import Dispatch
import Platform
import Recognition

/// What the assembly asks for engines that run on OpenCV.
public enum OpenCVEngines {
  /// OpenCV's version, as "4.6.0".
  public static var version: String { String(cString: cv_version()) }

  /// One engine for `model`: a cascade where the card's format says so, else a network.
  ///
  /// `threads` is what OpenCV may use inside one call. It is the process's: every engine made here has to be given
  /// the same.
  ///
  /// Throws `SetupError`, naming the file, where OpenCV cannot read or run it as the card says.
  public static func make(model: LoadedModel, threads: Int) throws(SetupError) -> any Engine {
    if let refusal = refusal({ cv_set_threads(Int32(clamping: threads), &$0) }) { throw SetupError(refusal.message) }
    switch model.card.format {
    case .cascade: return try OpenCVCascadeEngine(model: model)
    case .computed: return try OpenCVMeasureEngine(model: model)
    case .onnx, .caffe, .tensorflow, .darknet, .torch, .tflite, .ir: return try OpenCVEngine(model: model)
    }
  }

  /// `instances` engines, each for a worker of its own, each with `threads` threads in a call.
  public static func makeInstances(model: LoadedModel, instances: Int, threads: Int) throws(SetupError)
    -> [any Engine]
  {
    // A network takes about as long to read as to run: those of the others are read beside the first.
    let others = ConcurrentLoader(model, count: model.card.format.isNetwork ? max(0, instances - 1) : 0)
    var engines = [try make(model: model, threads: threads)]
    for plan in others.plans() {
      engines.append(try OpenCVEngine(model: model, twin: engines[0] as? OpenCVEngine, plan: try plan.get()))
    }
    while engines.count < instances { engines.append(try make(model: model, threads: threads)) }
    return engines
  }
}

extension ModelCard.Format {
  fileprivate var isNetwork: Bool { self != .cascade && self != .computed }
}

/// Loads networks on other threads.
///
/// Unchecked: each element is written by one thread and read after all have ended.
private final class ConcurrentLoader: @unchecked Sendable {
  private let group = DispatchGroup()
  private let made: UnsafeMutableBufferPointer<Result<OpenCVNetwork, SetupError>?>

  init(_ model: LoadedModel, count: Int) {
    made = .allocate(capacity: count)
    made.initialize(repeating: nil)
    for place in 0..<count {
      DispatchQueue.global(qos: .userInitiated).async(group: group) {
        self.made[place] = Result { () throws(SetupError) in try OpenCVNetwork(model) }
      }
    }
  }

  deinit {
    made.deinitialize()
    made.deallocate()
  }

  func plans() -> [Result<OpenCVNetwork, SetupError>] {
    group.wait()
    return made.compactMap(\.self)
  }
}
