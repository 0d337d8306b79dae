import Foundation
import Testing

@testable import Platform

struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  @Test(
    arguments: [
      (Array("123456789".utf8), 0xe306_9283), ([], 0), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
      ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43), (Array(0..<32), 0x46dd_794e),
      (Array((0..<32).reversed()), 0x113f_db5c),
    ] as [([UInt8], UInt32)])
  func `known vectors`(bytes: [UInt8], expected: UInt32) {
    #expect(bytes.withUnsafeBytes { CRC32C.of($0).value } == expected)
    #expect(bytes.withUnsafeBytes(CRC32C.byTables) == expected)
  }

  @Test func `instruction and tables agree at every length and alignment, in pieces too`() {
    let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 131 ^ $0 >> 3) }
    bytes.withUnsafeBytes { all in
      for start in 0..<9 {
        for count in Array(0..<70) + [1000, 4000] {
          let part = UnsafeRawBufferPointer(rebasing: all[start..<start + count])
          let whole = CRC32C.of(part)
          var pieces = CRC32C()
          pieces.update(UnsafeRawBufferPointer(rebasing: part[..<(count / 3)]))
          pieces.update(UnsafeRawBufferPointer(rebasing: part[(count / 3)...]))
          #expect(whole.value == CRC32C.byTables(part))
          #expect(whole.value == pieces.value)
        }
      }
    }
  }

  /// The length of a TFRecord of 24 bytes; the value is of a second implementation, bit by bit.
  @Test func `masked form`() {
    let length: [UInt8] = [24, 0, 0, 0, 0, 0, 0, 0]
    #expect(length.withUnsafeBytes { CRC32C.of($0).masked } == 0x224b_7fa3)
  }
}
