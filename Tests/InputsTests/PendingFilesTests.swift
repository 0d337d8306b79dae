import XCTest

@testable import Inputs
@testable import Platform

final class PendingFilesTests: XCTestCase {
  private func take(_ pending: inout PendingFiles, _ now: Double, most: Int = 9) -> [String] {
    pending.takeDue(now: now, most: most) { $0.parent == $1.parent }.map(\.description)
  }

  func testAFileIsDueWhenNothingHasChangedItForTheTime() {
    var pending = PendingFiles(settle: 2)
    XCTAssertTrue(pending.arm(RawPath("a/1"), now: 0))
    XCTAssertTrue(pending.arm(RawPath("a/2"), now: 1))
    XCTAssertEqual(take(&pending, 1.9), [])
    XCTAssertTrue(pending.arm(RawPath("a/1"), now: 1.5, state: 7))
    XCTAssertEqual(take(&pending, 2), [], "it changed again")
    XCTAssertEqual(take(&pending, 3), ["a/2"])
    XCTAssertEqual(take(&pending, 3.5), ["a/1"])
    XCTAssertEqual(pending[RawPath("a/1")]?.state, 7)
    pending.removeTaken(RawPath("a/1"))
    XCTAssertEqual(pending.count, 1)
  }

  func testFilesOfOneFolderAreTakenTogether() {
    var pending = PendingFiles(settle: 1)
    for name in ["a/1", "a/2", "b/1", "a/3"] { XCTAssertTrue(pending.arm(RawPath(name), now: 0)) }
    XCTAssertEqual(take(&pending, 5), ["a/1", "a/2"])
    XCTAssertEqual(take(&pending, 5), ["b/1"])
    XCTAssertEqual(take(&pending, 5, most: 1), ["a/3"])
    XCTAssertNil(pending.nextDue)
  }

  func testAFileThatIsGoneIsNotDue() {
    var pending = PendingFiles(settle: 1)
    _ = pending.arm(RawPath("a"), now: 0)
    pending.remove(RawPath("a"))
    _ = pending.arm(RawPath("a"), now: 0.5)
    XCTAssertEqual(take(&pending, 1), [], "its first place does not count")
    XCTAssertEqual(take(&pending, 1.5), ["a"])
    // Armed while it is looked at.
    _ = pending.arm(RawPath("a"), now: 1.5)
    pending.removeTaken(RawPath("a"))
    XCTAssertEqual(take(&pending, 2.5), ["a"])
  }

  func testThereIsRoomForSoManyOnly() {
    var pending = PendingFiles(settle: 1, limit: 2)
    XCTAssertTrue(pending.arm(RawPath("a"), now: 0))
    XCTAssertTrue(pending.arm(RawPath("b"), now: 0))
    XCTAssertFalse(pending.arm(RawPath("c"), now: 0))
    XCTAssertTrue(pending.arm(RawPath("a"), now: 1), "it has its room")
  }

  func testFilesThatComeAndGoTakeNoEndlessRoom() {
    var pending = PendingFiles(settle: 1, limit: 2)
    for _ in 0..<6 {
      _ = pending.arm(RawPath("a"), now: 0)
      pending.remove(RawPath("a"))
    }
    XCTAssertFalse(pending.arm(RawPath("a"), now: 0))
    XCTAssertEqual(take(&pending, 1), [])
    XCTAssertTrue(pending.arm(RawPath("a"), now: 1))
  }
}
