import Recognition
import Records
import XCTest

@testable import Sidecars

/// What of a record becomes a tag.
final class TagRuleTests: XCTestCase {
  private func record(_ tasks: String) throws -> StoredRecord {
    let json =
      "{\"schema\":\"imgrec/1\",\"path\":\"a.jpg\",\"status\":\"ok\",\"width\":100,\"height\":50,\"cache\":\"off\",\(tasks)}"
    return try Array(json.utf8).withUnsafeBufferPointer { try StoredRecord($0) }
  }

  private func keywords(_ tasks: String, _ rule: TagRule) throws -> [String] {
    try rule.tags(of: record(tasks)).keywords.map(\.text)
  }

  private let detect =
    "\"detect\":[{\"label\":\"dog\",\"score\":0.6,\"box\":[0,0,9,9]},{\"label\":\"cat\",\"score\":0.9,\"box\":[0,0,9,9]},"
    + "{\"label\":\"dog\",\"score\":0.8,\"box\":[9,9,9,9]},{\"label\":\"car\",\"score\":0.2,\"box\":[9,9,9,9]}]"

  func testLabelsByScore() throws {
    var rule = TagRule(tasks: TagRule.usual, minConfidence: 0.5)
    XCTAssertEqual(try keywords(detect, rule), ["cat", "dog"])
    rule.top = 1
    XCTAssertEqual(try keywords(detect, rule), ["cat"])
    rule.labels = ["dog", "car"]
    XCTAssertEqual(try keywords(detect, rule), ["dog"])
    rule.minConfidence = 0.1
    rule.top = nil
    XCTAssertEqual(try keywords(detect, rule), ["dog", "car"])
    rule.tasks = [.faces]
    XCTAssertEqual(try rule.tags(of: record(detect)).tasks, [])
  }

  func testTasks() throws {
    let rule = TagRule(tasks: TagRule.usual, minConfidence: 0.5)
    // A network of one class finds the foreground of every picture.
    let segment = "\"label\":\"salient\",\"score\":1,\"box\":[0,0,9,9],\"area\":9}"
    XCTAssertEqual(try keywords("\"segment\":[{\(segment)]", rule), [])
    XCTAssertEqual(try keywords("\"segment\":[{\"id\":8,\(segment)]", rule), ["salient"])
    let nsfw = "\"nsfw\":[{\"label\":\"FEET\",\"score\":1,\"box\":[0,0,9,9]}]"
    XCTAssertEqual(try keywords(nsfw, rule), [])
    XCTAssertEqual(try keywords(nsfw, TagRule(tasks: [.nsfw], minConfidence: 0.5)), ["FEET"])
    let other =
      "\"rotation\":[{\"label\":\"90\",\"score\":1}],\"plates\":[{\"text\":\"A1\",\"score\":1,\"box\":[0,0,9,9]}]"
    XCTAssertEqual(try rule.tags(of: record(other)).tasks, [])
    // An empty answer takes out what an earlier run wrote.
    XCTAssertEqual(try rule.tags(of: record("\"detect\":[],\"faces\":[]")).tasks, [.detect, .faces])
  }

  func testFaces() throws {
    let faces =
      "\"faces\":[{\"score\":0.9,\"box\":[10,10,20,20],\"identity\":\"Ada\\u0000 \",\"distance\":0.1},"
      + "{\"score\":0.8,\"box\":[60,10,20,20]},{\"score\":0.3,\"box\":[0,0,9,9],\"identity\":\"Bob\",\"distance\":0.1},"
      + "{\"score\":0.9,\"box\":[500,10,20,20]}]"
    var rule = TagRule(tasks: [.faces], minConfidence: 0.5)
    let all = try rule.tags(of: record(faces))
    XCTAssertEqual(all.keywords.map(\.text), ["Ada"])
    XCTAssertEqual(all.regions.map(\.name), ["Ada", nil])
    rule.regions = .named
    XCTAssertEqual(try rule.tags(of: record(faces)).regions.map(\.name), ["Ada"])
    rule.regions = .none
    XCTAssertEqual(try rule.tags(of: record(faces)).regions, [])
    // The regions of further pages would be those of other pictures.
    XCTAssertEqual(try TagRule(tasks: [.faces], minConfidence: 0).tags(of: record("\"page\":2,\(faces)")).regions, [])
  }

  func testRecordsOfOneImageAreJoined() throws {
    let rule = TagRule(tasks: TagRule.usual, minConfidence: 0.5)
    func text(_ text: String) -> String {
      "\"text\":[{\"text\":\"\(text)\",\"score\":0.9,\"quad\":[[0,0],[9,0],[9,9],[0,9]]}]"
    }
    var wanted = try rule.tags(of: record("\(detect),\(text("one"))"))
    wanted.add(try rule.tags(of: record("\"page\":2,\(detect),\(text("two"))")))
    XCTAssertEqual(wanted.keywords.map(\.text), ["cat", "dog"])
    XCTAssertEqual(wanted.description, "one\ntwo")
  }
}
