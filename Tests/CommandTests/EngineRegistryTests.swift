import Recognition
import XCTest

@testable import imgrec

final class EngineRegistryTests: XCTestCase {
  func testEveryKindHasOneProvider() {
    XCTAssertEqual(
      EngineRegistry.providers.map(\.kind.rawValue).sorted(), EngineKind.allCases.map(\.rawValue).sorted())
  }
}
