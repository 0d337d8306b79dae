import Platform
import XCTest

final class ProcessMemoryTests: XCTestCase {
  func testReturnedCodeRunsAgain() throws {
    #if canImport(Glibc)
      let before = try XCTUnwrap(ProcessState.current).residentBytes
      ProcessMemory.returnCode()
      let after = try XCTUnwrap(ProcessState.current).residentBytes
      // Foundation and XCTest alone are more.
      XCTAssertLessThan(after, before - (4 << 20))
    #endif
  }
}
