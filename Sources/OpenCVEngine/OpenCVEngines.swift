import COpenCV
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
    var engines = [try make(model: model, threads: threads)]
    while engines.count < instances {
      if let twin = engines[0] as? OpenCVEngine {
        engines.append(try OpenCVEngine(model: model, twin: twin))
      } else {
        engines.append(try make(model: model, threads: threads))
      }
    }
    return engines
  }
}
