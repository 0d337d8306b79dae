import XCTest

@testable import Codecs
@testable import Outputs
@testable import Platform
@testable import Recognition
@testable import Records

/// What of a record is hidden, and which images get a copy.
final class HidingRuleTests: XCTestCase {
  private func record(_ json: String) throws -> StoredRecord {
    try Array(json.utf8).withUnsafeBufferPointer { json in
      Result { () throws(StoredRecord.Problem) in try StoredRecord(json) }
    }.get()
  }

  private let face =
    #"{"score":0.9,"box":[100,100,50,100],"landmarks":[[90,120],[130,120],[120,140],[110,160],[130,160]]}"#

  func testFaceIsAnEllipseThatHoldsItsLandmarks() throws {
    let rule = HidingRule(margin: 0)
    let record = try record(#"{"schema":"imgrec/1","path":"a.jpg","status":"ok","faces":[\#(face)]}"#)
    let parts = rule.parts(.faces, try XCTUnwrap(record.findings(.faces)))
    XCTAssertEqual(parts, [HiddenPart(.ellipse(Box(x: 90, y: 100, width: 60, height: 100)), .pixelate)])
    let wide = HidingRule(margin: 0.5).parts(.faces, try XCTUnwrap(record.findings(.faces)))
    XCTAssertEqual(wide, [HiddenPart(.ellipse(Box(x: 60, y: 50, width: 120, height: 200)), .pixelate)])
    XCTAssertEqual(HidingRule(minConfidence: 0.95).parts(.faces, try XCTUnwrap(record.findings(.faces))), [])
    XCTAssertEqual(HidingRule(tasks: [.plates]).parts(.faces, try XCTUnwrap(record.findings(.faces))), [])
  }

  func testWhatCanBeReadIsFilled() throws {
    let record = try record(
      #"{"schema":"imgrec/1","path":"a.jpg","status":"ok","plates":[{"score":1,"box":[0,0,40,10]}],"#
        + #""text":[{"text":"x","score":1,"quad":[[0,0],[40,0],[40,10],[0,10]]}],"#
        + #""codes":[{"text":"x","format":"QRCode","quad":[[0,0],[40,0],[40,40],[0,40]]}]}"#)
    let rule = HidingRule(tasks: [.plates, .text, .codes], margin: 0.2)
    for (task, margin) in [(TaskKind.plates, Float(0)), (.text, 2), (.codes, 8)] {
      let part = try XCTUnwrap(rule.parts(task, try XCTUnwrap(record.findings(task))).first)
      XCTAssertEqual(part.method, .fill)
      guard case .polygon(let points, let reach) = part.shape else { return XCTFail("\(task)") }
      XCTAssertEqual(points.count, 4)
      XCTAssertEqual(reach, margin, "\(task)")
    }
    let mosaic = HidingRule(tasks: [.text], method: .pixelate).parts(.text, try XCTUnwrap(record.findings(.text)))
    XCTAssertEqual(mosaic.map(\.method), [.pixelate])
  }

  func testLabelsChooseObjects() throws {
    let record = try record(
      #"{"schema":"imgrec/1","path":"a.jpg","status":"ok","detect":[{"label":"person","score":1,"box":[0,0,4,8]},"#
        + #"{"label":"dog","score":1,"box":[9,9,4,8]}],"segment":[{"label":"person","score":1,"box":[0,0,2,2],"area":4,"#
        + #""rle":{"size":[2,2],"counts":"04"}},{"label":"person","score":1,"box":[0,0,2,2],"file":"m.png"}]}"#)
    let rule = HidingRule(tasks: [.detect, .segment], labels: ["person"], margin: 0)
    XCTAssertEqual(rule.parts(.detect, try XCTUnwrap(record.findings(.detect))).count, 1)
    XCTAssertEqual(HidingRule(tasks: [.detect]).parts(.detect, try XCTUnwrap(record.findings(.detect))).count, 2)
    let segments = rule.parts(.segment, try XCTUnwrap(record.findings(.segment))).map(\.shape)
    XCTAssertEqual(segments.count, 2)
    guard case .mask = segments[0], case .polygon = segments[1] else { return XCTFail("\(segments)") }
  }

  // MARK: Images

  private func images(_ lines: [String], _ rule: HidingRule = HidingRule(), required: [TaskKind] = [.faces]) throws
    -> [AnonymisedImages.Image]
  {
    var images = AnonymisedImages(rule, folder: RawPath("out"), originals: RecordImages(root: RawPath("/photos")))
    for line in lines { images.add(try record(line)) }
    images.plan(required: required)
    return images.images
  }

  func testRecordsOfAnImageAreGathered() throws {
    let found = try images([
      #"{"schema":"imgrec/1","path":"a.jpg","status":"ok","digest":"sha256:1","width":9,"height":9,"faces":[\#(face)]}"#,
      #"{"schema":"imgrec/1","path":"./a.jpg","status":"ok","digest":"sha256:1","plates":[{"score":1,"box":[0,0,4,1]}]}"#,
      #"{"schema":"imgrec/1","path":"/photos/a.jpg","status":"ok","digest":"sha256:1","faces":[\#(face)]}"#,
      #"{"schema":"imgrec/1","path":"a.jpg","status":"error","error":{"stage":"infer","code":"crashed","message":"x"}}"#,
      #"{"schema":"imgrec/1","path":"/else/b.heic","status":"ok","format":"heic","faces":[]}"#,
    ])
    XCTAssertEqual(found.count, 2)
    XCTAssertEqual(found[0].parts.count, 2, "a face that two records have counts once")
    XCTAssertEqual(found[0].counts, [.faces: 1, .plates: 1])
    XCTAssertEqual(found[0].output, RawPath("out/a.jpg"))
    XCTAssertTrue("\(found[1].output)".hasPrefix("out/else-"), "\(found[1].output)")
  }

  func testImagesThatAreNotKnownGetNoCopy() throws {
    let head = #"{"schema":"imgrec/1","path":"a.jpg","#
    let cases = [
      (#""status":"error","error":{"stage":"decode","code":"corrupt","message":"broken"}}"#, "broken"),
      (#""status":"ok","classify":[]}"#, "no record of it has faces"),
      (#""status":"ok","pages":2,"faces":[]}"#, "several pages"),
      (#""status":"ok","page":1,"faces":[]}"#, "several pages"),
    ]
    for (line, problem) in cases {
      let image = try XCTUnwrap(images([head + line]).first)
      // The file is missing too; what the record says is kept beside that.
      let text = [image.problem, image.refusal, image.failure].compactMap { $0 }.joined(separator: "; ")
      XCTAssertTrue(text.contains(problem) || image.tasks.isEmpty, text)
      XCTAssertNotNil(image.problem)
    }
    let similar = try images(
      [head + #""status":"ok","cache":"similar","detect":[]}"#], HidingRule(tasks: [.detect]), required: [.detect])
    XCTAssertNotNil(similar[0].refusal)
  }
}
