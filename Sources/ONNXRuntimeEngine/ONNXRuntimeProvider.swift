import EngineSupport
import Platform
import Recognition

extension EngineLibrary {
  public static let onnxruntime = EngineLibrary(
    kind: .onnxruntime, title: "ONNX Runtime", variable: "IMGREC_ONNXRUNTIME", stem: "libonnxruntime.",
    package: .init(
      requirement: "onnxruntime==1.32.0",
      wheels: [
        .init(
          .linuxX86, platform: "manylinux_2_28_x86_64",
          sha256: "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d"),
        .init(
          .linuxARM, platform: "manylinux_2_28_aarch64",
          sha256: "2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c"),
      ],
      members: ["onnxruntime/capi/libonnxruntime."]))
}

extension EngineProvider {
  /// ONNX Runtime on the processor or an NVIDIA device. On the processor, with a cache directory, the network is stored in
  /// ONNX Runtime's optimised layout.
  public static let onnxruntime = EngineProvider(
    kind: .onnxruntime, opening: ONNXRuntimeLibrary.self, precisions: [.f32, .int8], makeInstances: makeEngines
  ).adding(
    .cuda, by: .onnxruntimeGPU, opened: { ONNXRuntimeLibrary.openedCUDA }, makeInstances: makeEngines)

  private static func makeEngines(
    _ model: LoadedModel, _ options: EngineOptions, _ library: ONNXRuntimeLibrary
  ) throws(SetupError) -> [any Engine] {
    var engines: [ONNXRuntimeEngine] = []
    repeat {
      engines.append(
        try ONNXRuntimeEngine(
          model: model, library: library, threads: options.threads, device: options.device, twin: engines.first,
          cacheDirectory: options.cacheDirectory))
    } while engines.count < options.instances
    return engines
  }
}
