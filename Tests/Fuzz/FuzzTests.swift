import Foundation
import TestSupport
import XCTest

/// The fuzz targets on what `make fuzz` starts from. A fault ends the process, as it does under the fuzzer.
final class FuzzTests: XCTestCase {
  func testTheTargetsTakeTheFixturesWholeAndTruncated() throws {
    let keys: Set<URLResourceKey> = [.isRegularFileKey, .fileSizeKey]
    let files = try XCTUnwrap(
      FileManager.default.enumerator(at: Checkout.fixtures, includingPropertiesForKeys: Array(keys))
    )
    .compactMap { $0 as? URL }
    .filter { file in
      let values = try file.resourceValues(forKeys: keys)
      return values.isRegularFile == true && 1...(64 << 10) ~= values.fileSize ?? 0
    }
    XCTAssertGreaterThan(files.count, 100)
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: file))
      // Formats of foreign libraries are decoded in processes of their own.
      for target in FuzzTarget.allCases where target != .library {
        for count in [bytes.count, bytes.count / 2] { bytes[..<count].withUnsafeBytes(target.run) }
      }
    }
  }
}
