import Foundation
import XCTest

/// Faces that fill their picture, which are too large for the detector at the picture's own scale.
final class CloseFaceTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func run(_ arguments: String...) throws -> ImgrecCLI.Result {
    let result = try ImgrecCLI.run(arguments, folder: folder)
    XCTAssertEqual(result.status, 0, "\(arguments): \(result.err)")
    return result
  }

  private func faces(_ folder: String, _ flags: String...) throws -> [[[String: Any]]] {
    try ImgrecCLI.run(["scan", folder, "-q", "--cache", "off", "--task", "faces"] + flags, folder: self.folder)
      .records().map { try XCTUnwrap($0["faces"] as? [[String: Any]]) }
  }

  /// The faces of the astronaut and of two footballers, cut along their boxes and enlarged to about 1000 pixels.
  private func closeFaces() throws {
    let photos = try ImgrecCLI.photos()
    for name in ["astronaut.png", "zidane.jpg"] {
      try FileManager.default.copyItem(
        at: photos.appendingPathComponent(name), to: folder.appendingPathComponent(name))
    }
    _ = try run("scan", "-q", "--cache", "off", "--task", "faces", "--crops", "crops", "astronaut.png", "zidane.jpg")
    _ = try run("upscale", "-q", "crops", "-o", "larger", "--scale", "3")
    _ = try run("upscale", "-q", "larger", "-o", "close", "--scale", "3")
  }

  func testAFaceThatFillsItsPictureIsFoundOnce() throws {
    try ImgrecCLI.pull("yunet")
    try closeFaces()
    for engine in ["opencv", "auto"] {
      let found = try faces("close", "--engine", engine)
      XCTAssertEqual(found.map(\.count), [1, 1, 1], engine)
      XCTAssertTrue(found.joined().allSatisfy { ($0["landmarks"] as? [Any])?.count == 5 }, engine)
    }
  }

  func testACloseFaceIsEnrolledAndIdentified() throws {
    try ImgrecCLI.pull("yunet", "sface")
    try closeFaces()
    let first = try XCTUnwrap(
      FileManager.default.contentsOfDirectory(atPath: folder.path + "/close").first { $0.contains("astronaut") })
    _ = try run("faces", "enroll", "Eileen", "close/" + first, "--gallery", "people.json")
    let names = try run("faces", "identify", "astronaut.png", "--gallery", "people.json", "--format", "tsv").text
    XCTAssertTrue(names.contains("Eileen"), names)
  }
}
