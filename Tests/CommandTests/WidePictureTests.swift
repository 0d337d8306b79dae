import Foundation
import TestSupport
import XCTest

/// A picture of 1,000,000 x 1 pixels: what it takes is reckoned before it is allocated.
final class WidePictureTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    for (name, kind) in [("wide.png", PNGBytes.Kind.grey), ("wide_alpha.png", .greyAlpha)] {
      let png = PNGBytes(width: 1_000_000, height: 1, kind: kind) { x, _, _ in x & 255 }
      try Data(png.file).write(to: folder.appendingPathComponent(name))
    }
  }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// The summary's peak memory in MiB.
  private func peak(_ result: ImgrecCLI.Result) throws -> Int {
    let tail = try XCTUnwrap(result.err.components(separatedBy: "peak memory ").dropFirst().first, result.err)
    return try XCTUnwrap(Int(tail.prefix { $0.isNumber }), result.err)
  }

  func testTasksStayInTheirMemory() throws {
    try ImgrecCLI.pull(
      "u2netp", "yunet", "ppocr_v6_det", "ppocr_cls", "ppocr_v6_rec", "mobilenet_v2", "mobilenet_v2_features")
    // The networks themselves take up to 300 MiB; sums over all columns took 4 GB. A page that is read in pieces is in
    // memory as a whole.
    for (task, memory) in [
      ("segment", "200M"), ("faces", "200M"), ("text", "400M"), ("classify", "200M"), ("embed", "200M"),
    ] {
      let result = try ImgrecCLI.run(
        ["scan", "-v", "--cache", "off", "--task", task, "--memory", memory, "wide.png", "wide_alpha.png"],
        folder: folder)
      if result.status == 2, result.err.contains("engines pull") { continue }
      XCTAssertEqual(result.status, 0, "\(task): \(result.err)")
      XCTAssertLessThan(try peak(result), 600, task)
    }
  }

  func testWhatNeedsMoreThanTheMemoryIsRefused() throws {
    let upscale = try ImgrecCLI.run(
      ["upscale", "-v", "--memory", "100M", "wide.png", "-o", "out.png"], folder: folder)
    XCTAssertEqual(upscale.status, 1)
    let error = try XCTUnwrap(upscale.records()[0]["error"] as? [String: Any])
    XCTAssertEqual(error["code"] as? String, "too_many_pixels")
    let message = try XCTUnwrap(error["message"] as? String)
    XCTAssertTrue(message.contains("more than the 100 MiB of --memory"), message)
    XCTAssertLessThan(try peak(upscale), 400)
  }
}
