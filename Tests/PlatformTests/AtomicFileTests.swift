import Foundation
import XCTest

@testable import Platform

final class AtomicFileTests: XCTestCase {
  private var folder = ""

  override func setUpWithError() throws {
    folder = "\(NSTemporaryDirectory())imgrec-atomic-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(atPath: folder) }

  private func path(_ name: String) -> RawPath { RawPath("\(folder)/\(name)") }
  private func text(_ path: RawPath) throws -> String { try String(contentsOfFile: "\(path)", encoding: .utf8) }
  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

  /// Writes `text` and commits it; returns the name that the file got.
  private func commit(_ text: String, _ name: String, _ policy: OnExists) throws -> String {
    let file = try AtomicFile(path(name), makesFolders: true)
    XCTAssertEqual(Array(text.utf8).withUnsafeBytes { writeAll(file.descriptor, $0) }, 0)
    return try file.commit(policy).description
  }

  func testWriteReplacesAWholeFile() throws {
    try AtomicFile.write(Array("first and longer".utf8), to: path("a"))
    try AtomicFile.write(Array("second".utf8), to: path("a"))
    XCTAssertEqual(try text(path("a")), "second")
    XCTAssertEqual(try names(), ["a"])
  }

  func testWriteToADeviceIsDirect() throws {
    try AtomicFile.write(Array("three".utf8), to: RawPath("/dev/null"))
    var status = stat()
    XCTAssertEqual(LongPath.examine(RawPath("/dev/null"), &status), 0)
    XCTAssertEqual(LongPath.kind(status), S_IFCHR)
  }

  func testWriteNamesTheFileThatFails() {
    XCTAssertThrowsError(try AtomicFile.write([1], to: RawPath("/nonexistent/x"))) {
      XCTAssertEqual("\($0)", "cannot write /nonexistent/x: No such file or directory")
    }
  }

  func testPolicies() throws {
    XCTAssertEqual(try commit("1", "b/c.txt", .error), "\(folder)/b/c.txt")
    for policy in [OnExists.error, .skip] {
      XCTAssertThrowsError(try commit("2", "b/c.txt", policy)) {
        XCTAssertEqual($0 as? FileError, FileError(path("b/c.txt"), EEXIST))
      }
    }
    XCTAssertEqual(try text(path("b/c.txt")), "1")
    XCTAssertEqual(try commit("3", "b/c.txt", .rename), "\(folder)/b/c-1.txt")
    XCTAssertEqual(try commit("4", "b/c.txt", .rename), "\(folder)/b/c-2.txt")
    XCTAssertEqual(try commit("5", "b/c.txt", .overwrite), "\(folder)/b/c.txt")
    XCTAssertEqual(try ["c.txt", "c-1.txt", "c-2.txt"].map { try text(path("b/\($0)")) }, ["5", "3", "4"])
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/b").count, 3)
  }

  func testWhatIsNotCommittedLeavesNothing() throws {
    for _ in 0..<2 {
      let file = try AtomicFile(path("d"))
      XCTAssertEqual([1, 2].withUnsafeBytes { writeAll(file.descriptor, $0) }, 0)
      file.abandon()
    }
    _ = try AtomicFile(path("e"))
    XCTAssertEqual(try names(), [])
  }

  func testADanglingLinkIsReplacedAndCountsAsExisting() throws {
    XCTAssertEqual(symlink("nowhere", "\(folder)/link"), 0)
    XCTAssertTrue(AtomicFile.exists(path("link")))
    XCTAssertThrowsError(try commit("1", "link", .error))
    try AtomicFile.write(Array("x".utf8), to: path("link"))
    XCTAssertEqual(try names(), ["link"])
    XCTAssertEqual(try text(path("link")), "x")
  }
}
