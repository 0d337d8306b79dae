import Foundation
import XCTest

/// Thresholds below those that detection layers have themselves.
final class MinConfidenceTests: XCTestCase {
  private func scores(_ model: String, _ task: String, _ minimum: String, _ photo: String) throws -> [Double] {
    let result = try ImgrecCLI.run(
      ["scan", photo, "-q", "--cache", "off", "--engine", "opencv", "-m", model, "--min-confidence", minimum],
      folder: ImgrecCLI.photos())
    XCTAssertEqual(result.status, 0, result.err)
    let found = try XCTUnwrap(result.records().first?[task] as? [[String: Any]])
    return found.compactMap { $0["score"] as? Double }
  }

  func testALowThresholdFindsMore() throws {
    _ = try ImgrecCLI.photos()
    // What the layer of the network keeps by itself.
    let kept = 0.2
    try ImgrecCLI.pull("yolov4_tiny", "res10_ssd")
    let low = try scores("yolov4_tiny", "detect", "0.02", "bus.jpg")
    XCTAssertTrue(low.contains { $0 < kept }, "\(low)")
    XCTAssertTrue(low.allSatisfy { $0 >= 0.02 })
    XCTAssertEqual(try scores("yolov4_tiny", "detect", "0.3", "bus.jpg"), low.filter { $0 >= 0.3 })
    let faces = try scores("res10_ssd", "faces", "0.001", "zidane.jpg")
    XCTAssertEqual(try scores("res10_ssd", "faces", "0.1", "zidane.jpg"), faces.filter { $0 >= 0.1 })
  }
}
