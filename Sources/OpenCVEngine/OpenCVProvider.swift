import COpenCV
import Dispatch
import EngineSupport
import Platform
import Recognition

extension EngineProvider {
  /// OpenCV's DNN module, cascades and measures; linked.
  public static let opencv = EngineProvider(
    kind: .opencv, library: nil,
    open: { () throws(SetupError) in (String(cString: copencv_version()), nil) },
    version: { _ throws(SetupError) in String(cString: copencv_version()) },
    makeInstances: { model, options throws(SetupError) in
      // A network takes about as long to load as to run: the other engines' networks are loaded beside the first.
      let others = ConcurrentLoader(model, count: model.card.format.isNetwork ? options.instances - 1 : 0)
      var engines = [try makeOpenCVEngine(model: model, threads: options.threads)]
      for network in others.networks() {
        engines.append(try OpenCVEngine(model: model, twin: engines[0] as? OpenCVEngine, plan: try network.get()))
      }
      while engines.count < options.instances {
        engines.append(try makeOpenCVEngine(model: model, threads: options.threads))
      }
      return engines
    })
}

/// Returns one engine for `model`: a cascade or measures according to the card's format, else a network.
///
/// `threads` is the number that OpenCV may use inside one call. It applies to the process: all engines must use the
/// same.
///
/// Throws `SetupError`, naming the file, if OpenCV cannot read or run it as its card specifies.
func makeOpenCVEngine(model: LoadedModel, threads: Int) throws(SetupError) -> any Engine {
  if let refusal = refusal({ copencv_set_threads(Int32(clamping: threads), &$0) }) { throw SetupError(refusal.message) }
  switch model.card.format {
  case .cascade: return try OpenCVCascadeEngine(model: model)
  case .computed: return try OpenCVMeasureEngine(model: model)
  case .onnx, .caffe, .tensorflow, .darknet, .torch, .tflite, .ir: return try OpenCVEngine(model: model)
  }
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
    for index in 0..<count {
      DispatchQueue.global(qos: .userInitiated).async(group: group) {
        self.made[index] = Result { () throws(SetupError) in try OpenCVNetwork(model) }
      }
    }
  }

  deinit {
    made.deinitialize()
    made.deallocate()
  }

  /// Waits for the threads and returns the networks.
  func networks() -> [Result<OpenCVNetwork, SetupError>] {
    group.wait()
    return made.compactMap(\.self)
  }
}
