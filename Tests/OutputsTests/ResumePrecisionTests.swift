import Recognition
import XCTest

@testable import Outputs

/// Records that were computed in another precision do not continue a file.
final class ResumePrecisionTests: XCTestCase {
  private func other(_ line: String, _ accepted: [TaskKind: Set<Precision>]) -> Precision? {
    Array(line.utf8).withUnsafeBufferPointer { ResumeIndex.otherPrecision(in: $0, than: accepted) }
  }

  func testThePrecisionOfEachTask() {
    let line =
      #"{"path":"a/\"engines","models":{"faces":"x"},"engines":{"faces":"openvino/bf16","classify":"onnxruntime"},"cache":"off"}"#
    XCTAssertNil(other(line, [.faces: [.bf16], .classify: [.f32]]))
    XCTAssertEqual(other(line, [.faces: [.f32], .classify: [.f32]]), .bf16)
    XCTAssertEqual(other(line, [.faces: [.bf16], .classify: [.bf16, .int8]]), .f32)
    XCTAssertNil(other(line, [.detect: [.f32]]))
    XCTAssertNil(other(line, [:]))
  }

  func testRecordsWithoutEngines() {
    for line in [
      #"{"path":"a","models":{"quality":"x"},"cache":"off","engines":{"quality":"openvino/bf16"}}"#,
      #"{"path":"a","engines":{"quality":"openvino/f64"},"cache":"off"}"#, #"{"path":"a""#, "", "{", #"{"engines":{"#,
      #"{"engines":["quality"]}"#,
    ] { XCTAssertNil(other(line, [.quality: [.f32]]), line) }
  }
}
