import Foundation
import XCTest

/// The gallery of faces when several processes change it.
final class GalleryTests: XCTestCase {
  func testEightEnrolmentsAtOnceAreAllKept() throws {
    try ImgrecCLI.pull("yunet", "sface")
    let photo = try ImgrecCLI.photos().appendingPathComponent("zidane.jpg").path
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let people = (1...8).map { "person \($0)" }
    let processes = try people.map { name in
      let process = ImgrecCLI.process(
        ["faces", "enroll", name, photo, "--largest", "--gallery", "people/g.json"], folder: folder)
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      return process
    }
    for process in processes {
      process.waitUntilExit()
      XCTAssertEqual(process.terminationStatus, 0)
    }
    func listed() throws -> [String] {
      let result = try ImgrecCLI.run(["faces", "list", "--gallery", "people/g.json"], folder: folder)
      return result.text.split(separator: "\n").map { $0.split(separator: "\t").first.map(String.init) ?? "" }.sorted()
    }
    XCTAssertEqual(try listed(), people)
    // No lock file and no temporary file is left beside it.
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("people").path)
    XCTAssertEqual(left, ["g.json"])

    // One that is forgotten while another is enrolled; through a link, which stays one.
    let link = folder.appendingPathComponent("link.json")
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "people/g.json")
    let enrolment = ImgrecCLI.process(
      ["faces", "enroll", "person 9", photo, "--largest", "--gallery", "link.json"], folder: folder)
    enrolment.standardOutput = FileHandle.nullDevice
    try enrolment.run()
    for name in people.prefix(4) {
      XCTAssertEqual(
        try ImgrecCLI.run(["faces", "forget", name, "--gallery", "people/g.json"], folder: folder).status, 0)
    }
    enrolment.waitUntilExit()
    XCTAssertEqual(try listed(), Array(people.suffix(4)) + ["person 9"])
    XCTAssertEqual(try FileManager.default.destinationOfSymbolicLink(atPath: link.path), "people/g.json")
  }

  func testAFileThatIsNoGalleryIsNotReplaced() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("notes.json")
    try Data("{\"mine\":1}".utf8).write(to: file)
    for arguments in [["forget", "Ada"], ["enroll", "Ada", "a.jpg"]] {
      let result = try ImgrecCLI.run(["faces"] + arguments + ["--gallery", "notes.json"], folder: folder)
      XCTAssertEqual(result.status, 2, result.err)
    }
    XCTAssertEqual(try Data(contentsOf: file), Data("{\"mine\":1}".utf8))
  }
}
