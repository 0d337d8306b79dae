import COpenVINO
import EngineSupport
import Foundation
import Platform

extension OpenVINOLibrary {
  /// OpenVINO, and the names of the Intel GPUs that it finds; or the first reason why it finds none: a line, and
  /// in most cases one that names what to do about it. A constant.
  static let openedGPU: Result<LibraryOnDevice<OpenVINOLibrary>, SetupError> = Result {
    () throws(SetupError) in
    // Without a device the library need not be fetched. The kernel's driver makes a node for each.
    guard FileManager.default.fileExists(atPath: "/dev/dri") else {
      throw SetupError("this machine has no GPU: /dev/dri does not exist")
    }
    let library = try open(from: .openvinoGPU).get()
    let name = "OpenVINO \(library.version) (\(library.path))"
    let names = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { text in
      copenvino_gpus(library.handle, text.baseAddress!, text.count) > 0 ? String(cString: text.baseAddress!) : nil
    }
    guard let names else {
      guard library.hasGPUPlugin else {
        throw SetupError("\(name) has no GPU plug-in\n" + EngineLibrary.openvinoGPU.pullAdvice)
      }
      throw SetupError("\(name) finds no Intel GPU\nInstall Intel's OpenCL driver (apt-get install intel-opencl-icd)")
    }
    return (library, names.split(separator: "\n").map(String.init))
  }

  /// Whether the plug-in is beside the library, or in the folder that Intel's packages have for them.
  private var hasGPUPlugin: Bool {
    let folder = (path as NSString).deletingLastPathComponent
    let packaged = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
      $0.hasPrefix("openvino-")
    }
    return ([folder] + packaged.map { "\(folder)/\($0)" }).contains {
      FileManager.default.fileExists(atPath: "\($0)/libopenvino_intel_gpu_plugin.so")
    }
  }
}
