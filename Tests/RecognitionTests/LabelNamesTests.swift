import XCTest

@testable import Recognition

final class LabelNamesTests: XCTestCase {
  func testEitherNameFindsTheLabel() {
    XCTAssertEqual(LabelNames.known("motorbike", among: ["car", "motorcycle"]), "motorcycle")
    XCTAssertEqual(LabelNames.known("motorcycle", among: ["car", "motorbike"]), "motorbike")
    XCTAssertEqual(LabelNames.known("sofa", among: ["sofa", "couch"]), "sofa", "a label that exists is meant")
    XCTAssertEqual(LabelNames.known("sofa", among: ["car"]), "sofa")
    XCTAssertEqual(LabelNames.known("bus", among: ["car"]), "bus")
  }
}
