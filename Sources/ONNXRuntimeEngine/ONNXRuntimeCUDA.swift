import CONNXRuntime
import EngineSupport
import Platform

extension EngineLibrary {
  /// ONNX Runtime with its CUDA provider. NVIDIA's libraries, which that opens, are not part of the package.
  public static let onnxruntimeGPU = EngineLibrary(
    kind: .onnxruntime, name: "onnxruntime-gpu", title: "ONNX Runtime with CUDA", variable: "IMGREC_ONNXRUNTIME",
    stem: "libonnxruntime.",
    package: .init(
      requirement: "onnxruntime-gpu==1.31.1",
      wheels: [
        .init(
          .linuxX86, platform: "manylinux_2_28_x86_64",
          sha256: "e26c475fe361b2015f45b4b824bd13f0bb20204e59b62814e6f0acd5f3d491a6")
      ],
      members: ["libonnxruntime.", "libonnxruntime_providers_shared.", "libonnxruntime_providers_cuda."].map {
        "onnxruntime/capi/" + $0
      }))
}

extension ONNXRuntimeLibrary {
  /// ONNX Runtime with its CUDA provider open, and the names of the NVIDIA devices; or the first reason why this machine
  /// lacks them: a line, and one that names what to do about it. A constant.
  static let openedCUDA: Result<LibraryOnDevice<ONNXRuntimeLibrary>, SetupError> = Result {
    () throws(SetupError) in
    // Without a device the library need not be fetched.
    let devices = try deviceNames()
    let library = try open(from: .onnxruntimeGPU).get()
    let name = "ONNX Runtime \(library.version) (\(library.path))"
    guard connxruntime_has_provider(library.handle, "CUDAExecutionProvider") != 0 else {
      throw SetupError("\(name) was built without CUDA\n" + EngineLibrary.onnxruntimeGPU.pullAdvice)
    }
    var error = ORTError()
    guard connxruntime_open_cuda(library.handle, &error) == 0 else {
      throw SetupError("\(name) does not open CUDA: \(reason(error.text))\nInstall CUDA 13 and cuDNN 9")
    }
    return (library, devices)
  }

  /// The names of the NVIDIA devices of this machine, as their driver lists them. Throws if it has none.
  private static func deviceNames() throws(SetupError) -> [String] {
    var error = ORTError()
    let names = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { text in
      connxruntime_cuda_devices(text.baseAddress!, text.count, &error) > 0 ? String(cString: text.baseAddress!) : nil
    }
    guard let names else { throw SetupError("\(error.text)\nInstall NVIDIA's driver") }
    return names.split(separator: "\n").map(String.init)
  }

  /// The part of a message after the line of ONNX Runtime's source, "[ONNXRuntimeError]", its number and name.
  static func reason(_ message: String) -> String {
    let parts = message.split(separator: " : ", omittingEmptySubsequences: false)
    guard parts.count > 3, parts[0].hasSuffix("[ONNXRuntimeError]") else { return message }
    return parts.dropFirst(3).joined(separator: " : ")
  }
}
