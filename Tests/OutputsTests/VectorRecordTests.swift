import Foundation
import Platform
import Records
import XCTest

/// What a search reads of a record: vectors in any order of keys, and nothing of what is damaged.
final class VectorRecordTests: XCTestCase {
  private func record(_ text: String) throws -> VectorRecord {
    try Array(text.utf8).withUnsafeBufferPointer { try VectorRecord($0) }
  }

  private func vector(_ text: String) throws -> [Float]? {
    guard case .values(let range) = try record(text).place else { return nil }
    var vector: [Float] = [9, 9]
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBufferPointer { VectorRecord.decode(range, of: $0, into: &vector) } ? vector : nil
  }

  private let whole =
    #"{"schema":"imgrec/1","path":"a.jpg","page":2,"pages":3,"status":"ok","digest":"sha256:"#
    + String(repeating: "0a", count: 32)
    + #"","models":{"classify":"c@1","embed":"m@2"},"engines":{"embed":"openvino/bf16"},"embed":{"dim":2,"values":"AACAPwAAAMA="}}"#

  func testReadsWhatASearchNeeds() throws {
    let record = try record(whole)
    XCTAssertEqual(record.path, RawPath("a.jpg"))
    XCTAssertEqual(record.page, 2)
    XCTAssertEqual(record.pages, 3)
    XCTAssertEqual(record.digest, [UInt8](repeating: 10, count: 32))
    XCTAssertEqual(record.model, "m@2")
    XCTAssertEqual(record.engine, "openvino/bf16")
    XCTAssertEqual(try vector(whole), [1, -2])
    let row = try self.record(
      #"{"embed":{"row":7,"file":"v.npy","dim":1280},"path_bytes":"Yf8=","path":"a?","page":null,"schema":"imgrec/1"}"#)
    XCTAssertEqual(row.place, .row(file: "v.npy", row: 7, dim: 1280))
    XCTAssertEqual(row.path, RawPath([0x61, 0xff]))
    XCTAssertNil(row.page)
    let failure = try self.record(#"{"error":{"message":"why","code":"x"},"path":"a","schema":"imgrec/1"}"#)
    XCTAssertEqual(failure.failure, "why")
    XCTAssertEqual(failure.place, .none)
    XCTAssertEqual(try self.record(#"{"path":"a","schema":"imgrec/1","embed":null}"#).place, .none)
  }

  func testVectorsOfEveryLength() throws {
    for count in 0..<40 {
      let numbers = (0..<count).map { Float($0) * 1.25 - 3e8 }
      let text = numbers.withUnsafeBytes { Data($0) }.base64EncodedString()
      for text in [text, text.replacingOccurrences(of: "/", with: #"\/"#)] {
        let record = #"{"schema":"imgrec/1","path":"a","embed":{"values":"\#(text)"}}"#
        XCTAssertEqual(try vector(record), numbers)
      }
    }
    for text in ["A", "AA", "AAA", "AAAA", "AACAP", "AACAPw", "AACAP?==", "AACA====", #"\u0041ACAP"#] {
      XCTAssertNil(try vector(#"{"schema":"imgrec/1","path":"a","embed":{"values":"\#(text)"}}"#), text)
    }
  }

  func testDamagedRecords() throws {
    let bytes = Array(whole.utf8)
    for count in 0..<bytes.count {
      XCTAssertThrowsError(try record(String(decoding: bytes[..<count], as: UTF8.self)), "\(count)")
    }
    // Whatever a byte becomes, a range lies within the record.
    for index in bytes.indices {
      for byte in Array("\"\\{}[],:0a/=".utf8) + [0, 0x80, 0xff] {
        var damaged = bytes
        damaged[index] = byte
        damaged.withUnsafeBufferPointer { json in
          guard let record = try? VectorRecord(json), case .values(let range) = record.place else { return }
          XCTAssertTrue(range.lowerBound > 0 && range.upperBound < json.count)
          var vector: [Float] = []
          _ = VectorRecord.decode(range, of: json, into: &vector)
        }
      }
    }
    for (text, why) in [
      (#"{"schema":"imgrec/2","path":"a"}"#, "its schema is imgrec/2"), (#"{"path":"a"}"#, "no \"schema\""),
      (#"{"schema":"imgrec/1"}"#, "no \"path\""), (#"{"schema":"imgrec/1","path":"a","embed":[]}"#, "its \"embed\""),
      (#"{"schema":"imgrec/1","path":"a","embed":{"row":-1,"file":"v"}}"#, "its \"embed\""),
      (#"{"schema":"imgrec/1","path":"a","embed":{"row":1e300,"file":"v"}}"#, "its \"embed\""),
      (#"{"schema":"imgrec/1","path":"a","page":0}"#, "its \"page\""), ("[]", "it is not JSON"),
    ] {
      XCTAssertThrowsError(try record(text)) { XCTAssertTrue("\($0)".contains(why), "\(text): \($0)") }
    }
  }
}
