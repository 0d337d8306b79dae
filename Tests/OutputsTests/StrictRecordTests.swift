import XCTest

@testable import Recognition
@testable import Records

/// What no run writes is not read: JSON that is none, and numbers that no picture or network has.
final class StrictRecordTests: XCTestCase {
  private func isJSON(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      var json = JSONReader(bytes)
      return json.skip() && json.isAtEnd
    }
  }

  func testNumbersAreThoseOfRFC8259() {
    for good in ["0", "-0", "7", "10", "0.5", "-0.25", "1e5", "1E+5", "0e-3", "123456789012345678901234567890"] {
      XCTAssertTrue(isJSON(Array(good.utf8)), good)
    }
    for bad in ["00.78", "01", "-01", "+1", ".5", "1.", "1.e5", "1e", "1e+", "NaN", "Infinity", "-", "0x10", "1_0"] {
      XCTAssertFalse(isJSON(Array(bad.utf8)), bad)
    }
    func number(_ text: String) -> Double? {
      Array(text.utf8).withUnsafeBufferPointer { bytes in
        var json = JSONReader(bytes)
        return json.number()
      }
    }
    XCTAssertEqual(number("0.78"), 0.78)
    for bad in ["1e999", "-1e999", "00.78", "NaN"] { XCTAssertNil(number(bad), bad) }
    func int(_ text: String) -> Int? {
      Array(text.utf8).withUnsafeBufferPointer { bytes in
        var json = JSONReader(bytes)
        return json.int().flatMap { json.isAtEnd ? $0 : nil }
      }
    }
    XCTAssertEqual(int("-120"), -120)
    XCTAssertEqual(int("999999999999999999"), 999_999_999_999_999_999)
    for bad in ["007", "1000000000000000000", "99999999999999999999", "1.0", "1e3", "-"] { XCTAssertNil(int(bad), bad) }
  }

  func testStringsAreUTF8() {
    func quoted(_ bytes: [UInt8]) -> [UInt8] { [0x22] + bytes + [0x22] }
    for good in ["", "a", "é", "照片", "😀", "\u{10ffff}", "\u{800}", "\u{fffd}", "\u{7f}"] {
      XCTAssertTrue(isJSON(quoted(Array(good.utf8))), good)
    }
    let bad: [[UInt8]] = [
      [0xff], [0x80], [0xc0, 0xaf], [0xc1, 0xbf], [0xc3], [0xc3, 0x28], [0xe0, 0x80, 0x80], [0xe2, 0x82],
      [0xed, 0xa0, 0x80], [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
      [0xf0, 0x9f, 0x98], [0x0a], [0x00],
    ]
    for bytes in bad { XCTAssertFalse(isJSON(quoted(bytes)), "\(bytes)") }
    for good in [#""\u00e9""#, #""\ud83d\ude00""#, #""\"\\\/\b\f\n\r\t""#] {
      XCTAssertTrue(isJSON(Array(good.utf8)), good)
    }
    for bad in [#""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\x""#, #""\u12""#, #""\u12g4""#] {
      XCTAssertFalse(isJSON(Array(bad.utf8)), bad)
    }
  }

  func testFindingsThatNoRunWritesAreRefused() {
    let sound: [(FindingsKind, String)] = [
      (.labels, #"[{"label":"a","id":281,"score":0.78},{"label":"b","id":0,"score":0}]"#), (.labels, "[]"),
      (.detections, #"[{"label":"a","id":1,"score":1,"box":[0,0,10.5,20]}]"#),
      (.detections, #"[{"text":"hi","score":0.5,"quad":[[0,0],[9,0],[9,5],[0,5]]}]"#),
      (.detections, #"[{"score":0.5,"box":[0,0,1,1],"landmarks":[[-1,2]],"identity":"Ada","distance":0.25}]"#),
      (.segments, #"[{"label":"s","score":0.5,"box":[2,0,2,2],"area":4,"rle":{"size":[2,4],"counts":"44"}}]"#),
      (.segments, #"[{"label":"s","id":3,"score":0.5,"box":[2,0,2,2],"area":4,"file":"m.png"}]"#),
      (.embedding, #"{"dim":2,"values":"AACAPwAAAMA="}"#), (.embedding, #"{"dim":0,"values":""}"#),
      (.measures, #"{"sharpness":1.25,"dark":0}"#),
    ]
    for (kind, text) in sound { XCTAssertTrue(FindingsReader.isSound(Array(text.utf8), kind: kind), text) }
    let unsound: [(FindingsKind, String)] = [
      (.labels, #"[{"label":"a","id":281,"score":00.78}]"#), (.labels, #"[{"label":"a","id":281,"score":1e999}]"#),
      (.labels, #"[{"label":"a","id":281,"score":7.8}]"#), (.labels, #"[{"label":"a","id":281,"score":-0.5}]"#),
      (.labels, #"[{"label":"a","id":-1,"score":0.5}]"#), (.labels, #"[{"label":"a","id":999999999,"score":0.5}]"#),
      (.labels, #"[{"label":"a","id":1.5,"score":0.5}]"#), (.labels, #"{"label":"a"}"#), (.labels, "[]x"),
      (.detections, #"[{"label":"a","box":[0,0,1,1]}]"#), (.detections, #"[{"label":"a","score":0.5}]"#),
      (.detections, #"[{"score":0.5,"box":[0,0,1e999,1]}]"#), (.detections, #"[{"score":0.5,"box":[0,0,1]}]"#),
      (.detections, #"[{"score":0.5,"box":[0,0,-5,1]}]"#), (.detections, #"[{"score":0.5,"box":[0,1e30,5,1]}]"#),
      (.detections, #"[{"score":0.5,"box":[0,0,1,1],"landmarks":[[1]]}]"#),
      (.detections, #"[{"score":0.5,"box":[0,0,1,1],"id":-3}]"#), (.detections, #"[{"score":0.5,"quad":[]}]"#),
      (.segments, #"[{"label":"s","score":0.5,"box":[2,0,2,2],"area":4,"rle":{"size":[2,5],"counts":"44"}}]"#),
      (.segments, #"[{"label":"s","score":0.5,"box":[2,0,2,2],"area":5,"rle":{"size":[2,4],"counts":"44"}}]"#),
      (.segments, #"[{"label":"s","score":0.5,"box":[2,0,2,2],"area":-4,"file":"m.png"}]"#),
      (
        .segments,
        #"[{"label":"s","score":0.5,"box":[2,0,2,2],"area":4,"rle":{"size":[2,4],"counts":"ooooooooooooooo4"}}]"#
      ),
      (.embedding, #"{"dim":3,"values":"AACAPwAAAMA="}"#), (.embedding, #"{"dim":1,"values":"AADAfw=="}"#),
      (.embedding, #"{"dim":1,"values":"AACA"}"#), (.measures, #"{"sharpness":1e999}"#),
    ]
    for (kind, text) in unsound { XCTAssertFalse(FindingsReader.isSound(Array(text.utf8), kind: kind), text) }
  }

  func testMasksComeBack() {
    for counts in [[8], [0, 8], [4, 4], [1, 2, 3, 1, 1], [0, 1, 2, 3, 2]] {
      let mask = RunLengthMask(size: PixelSize(width: 4, height: 2), counts: counts)
      XCTAssertEqual(RunLengthMask(size: mask.size, compressed: mask.compressed), mask)
    }
    let large = RunLengthMask(
      size: PixelSize(width: 60_000, height: 40_000), counts: [1_000_000_000, 5, 7, 1_399_999_000, 988])
    XCTAssertEqual(RunLengthMask(size: large.size, compressed: large.compressed), large)
  }
}
