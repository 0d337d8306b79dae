import EngineSupport
import Platform
import Recognition

extension EngineLibrary {
  /// Of the package, the processor's part, the readers of the formats that cards know, and what these need; the parts for
  /// other devices are more than half of it.
  public static let openvino: EngineLibrary = library(supersets: [openvinoGPU.name])

  /// The same with the part for Intel's GPUs. Intel's OpenCL driver, which that opens, is not part of the package.
  public static let openvinoGPU: EngineLibrary = library(
    name: "openvino-gpu", title: "OpenVINO with its GPU plug-in",
    and: ["libopenvino_intel_gpu_plugin.", "cache.json"])

  private static func library(
    name: String? = nil, title: String = "OpenVINO", supersets: [String] = [], and others: [String] = []
  ) -> EngineLibrary {
    EngineLibrary(
      kind: .openvino, name: name, title: title, variable: "IMGREC_OPENVINO", stem: "libopenvino_c.",
      // Two of one version cannot be open at once: the loader takes the parts of the first for those of the second.
      supersets: supersets,
      package: .init(
        requirement: "openvino==2026.4.1",
        wheels: [
          .init(
            .linuxX86, platform: "manylinux_2_28_x86_64",
            sha256: "2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf"),
          .init(
            .linuxARM, platform: "manylinux_2_35_aarch64",
            sha256: "bea1eb3733c34ef331adc945da0ccda5937865031139073663be84c517ffda22"),
        ],
        members: ([
          "libopenvino.", "libopenvino_c.", "libopenvino_intel_cpu_plugin.", "libopenvino_arm_cpu_plugin.",
          "libopenvino_ir_frontend.", "libopenvino_onnx_frontend.", "libopenvino_tensorflow_frontend.",
          "libopenvino_tensorflow_lite_frontend.", "libtbb.", "libtbbmalloc.", "libtbbbind", "libhwloc.",
        ] + others).map { "openvino/libs/" + $0 }))
  }
}

extension EngineProvider {
  /// OpenVINO on the processor or an Intel GPU. Engines of a model share the compiled network.
  public static let openvino = EngineProvider(
    kind: .openvino, opening: OpenVINOLibrary.self, precisions: [.f32, .bf16, .int8],
    processorHas: { $0 != .bf16 || $1.hasBF16 }, makeInstances: makeEngines
  ).adding(.gpu, by: .openvinoGPU, opened: { OpenVINOLibrary.openedGPU }, makeInstances: makeEngines)

  private static func makeEngines(
    _ model: LoadedModel, _ options: EngineOptions, _ library: OpenVINOLibrary
  ) throws(SetupError) -> [any Engine] {
    var network = try OpenVINONetwork(
      model, library: library, instances: options.instances, threads: options.threads,
      precision: options.precision, device: options.device, cacheDirectory: options.cacheDirectory)
    let first = try OpenVINOEngine(model: model, network: network)
    try EngineProbe.check(first, model)
    var engines = [first]
    if let faster = KernelTuner.run(model, network, first) {
      network = faster
      engines = []
      ProcessMemory.returnFreed()
    }
    network.returnPages()
    while engines.count < options.instances { engines.append(try OpenVINOEngine(model: model, network: network)) }
    return engines
  }
}
