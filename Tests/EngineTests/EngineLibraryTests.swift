import Foundation
import OpenVINOEngine
import Platform
import XCTest

@testable import EngineSupport
@testable import ONNXRuntimeEngine

final class EngineLibraryTests: XCTestCase {
  private var folder = ""

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-engines-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ path: String) throws -> String {
    let url = URL(filePath: folder).appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("no library".utf8).write(to: url)
    return url.path
  }

  func testTheVariableComesFirstAndAlone() throws {
    let pulled = try write("imgrec/engines/openvino/libopenvino_c.so.2641")
    let named = try write("elsewhere/libs/libopenvino_c.so.2500")
    _ = try write("elsewhere/libs/libopenvino.so.2500")
    var environment = ["XDG_DATA_HOME": folder]
    XCTAssertEqual(try EngineLibrary.openvino.candidates(environment: environment).first, pulled)
    environment["IMGREC_OPENVINO"] = folder + "/elsewhere"
    XCTAssertEqual(try EngineLibrary.openvino.candidates(environment: environment), [named])
    environment["IMGREC_OPENVINO"] = named
    XCTAssertEqual(try EngineLibrary.openvino.candidates(environment: environment), [named])
  }

  func testTheLibraryWithTheGPUPluginReplacesTheOther() throws {
    let plain = try write("imgrec/engines/openvino/libopenvino_c.so.2641")
    let whole = try write("imgrec/engines/openvino-gpu/libopenvino_c.so.2641")
    let environment = ["XDG_DATA_HOME": folder]
    XCTAssertEqual(try EngineLibrary.openvino.candidates(environment: environment).prefix(2), [whole, plain])
    XCTAssertEqual(try EngineLibrary.openvinoGPU.candidates(environment: environment).first, whole)
    // Those of ONNX Runtime have different versions, and are open side by side.
    let cpu = try write("imgrec/engines/onnxruntime/libonnxruntime.so.1.32.0")
    let cuda = try write("imgrec/engines/onnxruntime-gpu/libonnxruntime.so.1.31.1")
    _ = try write("imgrec/engines/onnxruntime-gpu/libonnxruntime_providers_cuda.so")
    XCTAssertEqual(try EngineLibrary.onnxruntime.candidates(environment: environment).first, cpu)
    XCTAssertEqual(try EngineLibrary.onnxruntimeGPU.candidates(environment: environment).first, cuda)
  }

  func testAVariableThatLeadsNowhereIsAnError() {
    for path in [folder, folder + "/nowhere"] {
      XCTAssertThrowsError(try EngineLibrary.onnxruntime.candidates(environment: ["IMGREC_ONNXRUNTIME": path])) {
        XCTAssertTrue("\($0)".contains("IMGREC_ONNXRUNTIME"), "\($0)")
      }
    }
  }

  func testTheShortestNameIsTriedFirst() throws {
    let long = try write("libonnxruntime.so.1.32.0")
    let short = try write("libonnxruntime.so")
    _ = try write("libonnxruntime_providers_shared.so")
    XCTAssertEqual(EngineLibrary.onnxruntime.libraries(in: folder), [short, long])
  }

  func testAWheelThatIsNotPinnedIsNotFetched() {
    for library in [EngineLibrary.openvino, .openvinoGPU, .onnxruntime, .onnxruntimeGPU] {
      for wheel in library.package.wheels {
        XCTAssertEqual(wheel.sha256.count, 64)
        XCTAssertTrue(wheel.platform.hasPrefix("manylinux_"), wheel.platform)
      }
    }
    let nowhere = EngineLibrary(
      kind: .openvino, title: "OpenVINO", variable: "IMGREC_OPENVINO", stem: "libopenvino_c.",
      package: .init(requirement: "openvino==1.0", wheels: [], members: []))
    XCTAssertThrowsError(try nowhere.pull(environment: ["XDG_DATA_HOME": folder], verify: { _ in })) {
      XCTAssertTrue("\($0)".contains("no wheel of openvino==1.0 is pinned for this machine"), "\($0)")
      XCTAssertTrue("\($0)".contains("IMGREC_OPENVINO"), "\($0)")
    }
  }

  func testTheStoreFollowsXDG() {
    XCTAssertEqual(EngineLibrary.openvino.folder(environment: ["XDG_DATA_HOME": "/d"]), "/d/imgrec/engines/openvino")
    let home = ["XDG_DATA_HOME": "relative", "HOME": "/h"]
    XCTAssertEqual(
      EngineLibrary.onnxruntime.folder(environment: home), "/h/.local/share/imgrec/engines/onnxruntime")
  }
}

final class DeviceMessageTests: XCTestCase {
  func testReasonsWithoutThePlaceInTheSource() {
    XCTAssertEqual(
      ONNXRuntimeLibrary.reason(
        "CUDA: /src/provider_bridge_ort.cc:2043 Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load a : b"),
      "Failed to load a : b")
    for text in ["CUDA: out of memory", "", "a : b : c : d"] {
      XCTAssertEqual(ONNXRuntimeLibrary.reason(text), text)
    }
  }
}
