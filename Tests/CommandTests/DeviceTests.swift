import EngineSupport
import Foundation
import ModelLibrary
import ONNXRuntimeEngine
import OpenVINOEngine
import Recognition
import XCTest

@testable import imgrec

/// `--device`: what is chosen, and what is said on a machine without the device.
final class DeviceTests: XCTestCase {
  private let image = ImgrecCLI.fixtures.appendingPathComponent("images/grey.jpg").path
  private var hasNVIDIA: Bool {
    FileManager.default.fileExists(atPath: "/proc/driver/nvidia") || dlopen("libcuda.so.1", RTLD_LAZY) != nil
  }

  private func scan(_ flags: String..., environment: [String: String] = [:]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan", image, "--cache", "off"] + flags, environment: environment)
  }

  func testTheNamesInRecords() {
    XCTAssertEqual(EngineUse(.onnxruntime, on: .cuda).name, "onnxruntime/cuda")
    XCTAssertEqual(EngineUse(.openvino, on: .gpu).name, "openvino/gpu")
    XCTAssertEqual(EngineUse(.openvino, .bf16).name, "openvino/bf16")
    XCTAssertEqual(EngineUse(.openvino).name, "openvino")
    XCTAssertEqual(Set(EngineUse.names).count, EngineUse.names.count)
    for name in ["onnxruntime/cuda", "openvino/gpu", "openvino/bf16", "opencv"] {
      XCTAssertTrue(EngineUse.names.contains(name), name)
    }
    XCTAssertFalse(EngineUse.names.contains { $0.hasPrefix("opencv/cuda") || $0 == "openvino/cuda" })
  }

  func testTheEngineThatHasTheDeviceIsChosen() throws {
    var card = try ModelZoo.embedded.card(named: "mobilenet_v2")
    card.engines = [.opencv, .openvino, .onnxruntime]
    // A figure of bf16 and rates of the processor do not concern another device.
    card.precisions = [.init(engine: .openvino, precision: .bf16, agreement: 1, speedup: 2, data: "", source: "")]
    func names(_ device: ComputeDevice, engine: EngineKind? = nil) -> [String] {
      EngineSelection.order(
        card, engine: engine, precision: nil, device: device, bf16: .fast, rates: [EngineUse(.opencv): 100]
      ).map(\.use.name)
    }
    XCTAssertEqual(names(.cuda), ["onnxruntime/cuda"])
    XCTAssertEqual(names(.gpu), ["openvino/gpu"])
    XCTAssertEqual(names(.cpu)[0], "openvino/bf16")
    XCTAssertEqual(names(.cuda, engine: .opencv), [])
    // A further model of the run that has no such engine runs on the processor.
    var options = try ModelOptions.parse(["--device", "cuda", "--engine", "onnxruntime"])
    XCTAssertEqual(options.fitting(card).device, .cuda)
    card.engines = [.opencv]
    XCTAssertEqual(options.fitting(card).device, .cpu)
    XCTAssertNil(options.fitting(card).engine)
    options.device = .gpu
    XCTAssertEqual(options.fitting(card).device, .cpu)
  }

  func testEveryDeviceHasAnEngineThatCanBeFetched() throws {
    for device in ComputeDevice.allCases where device != .cpu {
      let providers = EngineRegistry.providers.filter { $0.kind.devices.contains(device) }
      XCTAssertEqual(providers.count, 1, device.rawValue)
      XCTAssertNotNil(providers[0].deviceLibrary)
    }
    XCTAssertEqual(
      EngineRegistry.libraries.map(\.name).sorted(), ["onnxruntime", "onnxruntime-gpu", "openvino", "openvino-gpu"])
    let unknown = try ImgrecCLI.run(["engines", "pull", "onnxruntime-gp"])
    XCTAssertEqual(unknown.status, 64)
    XCTAssertTrue(unknown.err.contains("onnxruntime-gpu"), unknown.err)
  }

  func testMistakes() throws {
    for (flags, message, advice, status) in [
      (
        ["--device", "cuda", "--engine", "opencv"], "--device cuda needs the engine onnxruntime; this run has opencv",
        "Use --engine onnxruntime", Int32(64)
      ),
      (
        ["--device", "gpu", "--precision", "bf16"], "--device gpu computes in f32; this run has --precision bf16",
        "Use --precision f32", 64
      ),
      (["--device", "tpu"], "'tpu' is not one of its values", "gpu", 64),
      (["--device", "cuda", "-m", "res10_ssd"], "none of which has --device cuda", "Leave --device out", 2),
    ] {
      let result = try ImgrecCLI.run(["scan", image] + flags)
      if result.err.contains("models pull") { continue }
      XCTAssertEqual(result.status, status, result.err)
      XCTAssertTrue(result.err.contains(message) && result.err.contains(advice), result.err)
    }
    let worker = try ImgrecCLI.run(
      ["worker", "--queue", "redis://localhost:1/q", "--device", "gpu", "--engine", "onnxruntime"])
    XCTAssertEqual(worker.status, 64)
    XCTAssertTrue(worker.err.contains("--device gpu needs the engine openvino"), worker.err)
  }

  func testAMachineWithoutTheDeviceSaysSo() throws {
    try XCTSkipIf(hasNVIDIA, "this machine has an NVIDIA driver")
    let cuda = try scan("--device", "cuda")
    XCTAssertEqual(cuda.status, 2)
    XCTAssertTrue(cuda.err.hasPrefix("imgrec: --device cuda: no NVIDIA driver: libcuda.so.1"), cuda.err)
    XCTAssertTrue(cuda.err.contains("\nInstall NVIDIA's driver, or leave --device out."), cuda.err)
    let doctor = try ImgrecCLI.run(["doctor"])
    XCTAssertEqual(doctor.status, 0)
    XCTAssertTrue(doctor.text.contains("device cuda  not available: no NVIDIA driver"), doctor.text)
    XCTAssertTrue(doctor.text.contains("device gpu   "), doctor.text)
    try XCTSkipIf(FileManager.default.fileExists(atPath: "/dev/dri"), "this machine has a GPU")
    let gpu = try scan("--device", "gpu")
    XCTAssertEqual(gpu.status, 2)
    XCTAssertEqual(
      gpu.err, "imgrec: --device gpu: this machine has no GPU: /dev/dri does not exist\nLeave --device out.\n")
  }

  /// ONNX Runtime is the real one, without CUDA. The driver is one of three functions that report a device: no machine of
  /// the tests has one.
  func testONNXRuntimeWithoutCUDASaysSo() throws {
    try XCTSkipIf(hasNVIDIA, "this machine has an NVIDIA driver")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appendingPathComponent("cuda.c")
    try """
    int cuInit(unsigned flags) { return flags; }
    int cuDeviceGetCount(int *count) { *count = 1; return 0; }
    int cuDeviceGetName(char *name, int capacity, int device) { return 1; }
    """.write(to: source, atomically: true, encoding: .utf8)
    let compiled = try ImgrecCLI.shell("cc -shared -fPIC -o libcuda.so.1 cuda.c", folder: folder)
    try XCTSkipIf(compiled.status != 0, "no C compiler: \(compiled.err)")
    let driver = ["LD_LIBRARY_PATH": folder.path]
    let provider = EngineRegistry.provider(.onnxruntime)
    guard let installed = try? provider.open().path else { throw XCTSkip("ONNX Runtime is not installed") }
    let named = try scan("--device", "cuda", environment: driver.merging(["IMGREC_ONNXRUNTIME": installed]) { $1 })
    XCTAssertEqual(named.status, 2)
    XCTAssertTrue(named.err.contains(") was built without CUDA\n"), named.err)
    XCTAssertTrue(
      named.err.contains(
        "Unset IMGREC_ONNXRUNTIME, and fetch the one that has it: imgrec engines pull onnxruntime-gpu, or leave"),
      named.err)
    let none = try scan(
      "--device", "cuda", environment: driver.merging(["XDG_DATA_HOME": folder.path, "IMGREC_ONNXRUNTIME": ""]) { $1 })
    XCTAssertEqual(none.status, 2)
    XCTAssertTrue(none.err.contains("imgrec engines pull onnxruntime-gpu"), none.err)
    let doctor = try ImgrecCLI.run(["doctor"], environment: driver.merging(["IMGREC_ONNXRUNTIME": installed]) { $1 })
    XCTAssertTrue(doctor.text.contains("device cuda  not available: ONNX Runtime "), doctor.text)
  }
}
