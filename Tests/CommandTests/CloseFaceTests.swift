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

  /// The astronaut's face, cut along its box and enlarged to 810x1017 pixels: the path of the picture.
  private func closeFace() throws -> String {
    let photos = try ImgrecCLI.photos()
    try FileManager.default.copyItem(
      at: photos.appendingPathComponent("astronaut.png"), to: folder.appendingPathComponent("astronaut.png"))
    _ = try run("scan", "-q", "--cache", "off", "--task", "faces", "--crops", "crops", "astronaut.png")
    _ = try run("upscale", "-q", "crops", "-o", "larger", "--scale", "3")
    _ = try run("upscale", "-q", "larger", "-o", "close", "--scale", "3")
    let files = FileManager.default.enumerator(atPath: folder.path + "/close")?.compactMap { $0 as? String } ?? []
    return try "close/" + XCTUnwrap(files.first { $0.contains(".") }, "\(files)")
  }

  func testAFaceThatFillsItsPictureIsFoundOnceAndIdentified() throws {
    try ImgrecCLI.pull("yunet", "sface")
    let close = try closeFace()
    for engine in ["opencv", "auto"] {
      let found = try run("scan", close, "-q", "--cache", "off", "--task", "faces", "--engine", engine).records()
      let faces = try XCTUnwrap(found.first?["faces"] as? [[String: Any]])
      XCTAssertEqual(faces.count, 1, engine)
      XCTAssertEqual((faces.first?["landmarks"] as? [Any])?.count, 5, engine)
      let box = try XCTUnwrap(faces.first?["box"] as? [Double])
      XCTAssertGreaterThan(box[3], 700, engine)
    }
    _ = try run("faces", "enroll", "Eileen", close, "--gallery", "people.json")
    let names = try run("faces", "identify", "astronaut.png", "--gallery", "people.json", "--format", "tsv").text
    XCTAssertTrue(names.contains("Eileen"), names)
  }
}
