import EngineSupport
import Platform

extension EngineLibrary {
  /// Of the package, the processor's part, the readers of the formats that cards know, and what these need; the parts for
  /// other devices are more than half of it.
  public static let openvino = EngineLibrary(
    kind: .openvino, title: "OpenVINO", variable: "IMGREC_OPENVINO", stem: "libopenvino_c.",
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
      members: [
        "libopenvino.", "libopenvino_c.", "libopenvino_intel_cpu_plugin.", "libopenvino_arm_cpu_plugin.",
        "libopenvino_ir_frontend.", "libopenvino_onnx_frontend.", "libopenvino_tensorflow_frontend.",
        "libopenvino_tensorflow_lite_frontend.", "libtbb.", "libtbbmalloc.", "libtbbbind", "libhwloc.",
      ].map { "openvino/libs/" + $0 }))
}

extension EngineProvider {
  /// OpenVINO on the processor. Engines of a model share the compiled network.
  public static let openvino = EngineProvider(
    kind: .openvino, opening: OpenVINOLibrary.self,
    precisions: [.f32, .bf16, .int8],
    processorHas: { $0 != .bf16 || $1.hasBF16 },
    makeInstances: { model, options, library throws(SetupError) in
      var network = try OpenVINONetwork(
        model, library: library, instances: options.instances, threads: options.threads,
        precision: options.precision, cacheDirectory: options.cacheDirectory)
      let first = try OpenVINOEngine(model: model, network: network)
      try EngineProbe.check(first, model)
      var engines = [first]
      if let faster = KernelTuner.run(model, network, first) {
        network = faster
        engines = []
      }
      while engines.count < options.instances { engines.append(try OpenVINOEngine(model: model, network: network)) }
      return engines
    })
}
