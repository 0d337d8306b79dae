import Platform
import XCTest

/// Headers of NumPy files: what imgrec writes, what NumPy writes, and what neither does.
final class NumPyHeaderTests: XCTestCase {
  private func file(_ text: String, version: UInt8 = 1) -> [UInt8] {
    let count = text.utf8.count
    let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(text.utf8)
  }

  func testReadsWhatIsWritten() {
    let bytes = NumPyHeader.bytes(type: "<f4", shape: [12, 1280], length: 128)
    XCTAssertEqual(
      NumPyHeader.array(bytes + [1, 2, 3]),
      NumPyArray(type: "<f4", isFortranOrder: false, shape: [12, 1280], start: 128))
  }

  func testReadsOtherWriters() throws {
    for version in [UInt8(1), 2, 3] {
      let array = try XCTUnwrap(
        NumPyHeader.array(
          file("{\"shape\": (7L,), \"descr\": \"<f2\" , 'fortran_order':True}   \n", version: version)))
      XCTAssertEqual(array.shape, [7])
      XCTAssertEqual(array.type, "<f2")
      XCTAssertTrue(array.isFortranOrder)
    }
    XCTAssertEqual(
      NumPyHeader.array(file("{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n"))?.shape, [])
  }

  func testRefusesTheRest() {
    let good = file("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }\n")
    for count in 0..<good.count { XCTAssertNil(NumPyHeader.array(Array(good[..<count])), "\(count)") }
    for text in [
      "", "{", "{}", "{'descr': '<f4', 'fortran_order': False}", "{'descr': [('a', '<f4')], 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3, 4)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 99999999999999999999)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3, -4)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4)}",
      "{'descr: '<f4', 'fortran_order': False, 'shape': (3, 4)}",
    ] {
      XCTAssertNil(NumPyHeader.array(file(text)), text)
    }
    XCTAssertNil(NumPyHeader.array(file("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", version: 4)))
  }
}
