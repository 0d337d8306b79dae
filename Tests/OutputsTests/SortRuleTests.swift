import Foundation
import Platform
import Records
import Testing

@testable import Outputs

@Suite struct SortRuleTests {
  private func record(_ json: String) throws -> StoredRecord {
    var records: [StoredRecord] = []
    var objects = JSONObjects()
    try Array(json.utf8).withUnsafeBufferPointer { bytes in
      try objects.append(bytes) { json, _ in records.append(try StoredRecord(json)) }
    }
    try objects.finish()
    return try #require(records.first)
  }

  private func folders(_ rule: SortRule, _ json: String) throws -> [String] {
    rule.folders(of: try record(json)).map(\.description)
  }

  private static let photo = """
    {"schema": "imgrec/1", "path": "a.jpg", "status": "ok",
     "exif": {"taken": "2024-05-01T12:30:11", "camera": "Canon EOS R5 / \\u0007"},
     "classify": [{"score": 0.6, "label": "tabby", "id": 281}, {"label": "tiger cat", "id": 282, "score": 0.3}],
     "detect": [{"label":"cat","score":0.4,"box":[1,2,3,4]}, {"label":"dining table","score":0.9,"box":[1,2,3,4]},
                {"label":"cat","score":0.7,"box":[5,6,7,8]}],
     "faces": [{"score":0.9,"box":[1,2,3,4],"identity":"Ada","distance":0.1}, {"score":0.9,"box":[1,2,3,4]}]}
    """

  @Test func labels() throws {
    #expect(try folders(SortRule(.labels(nil)), Self.photo) == ["tabby", "dining table", "cat"])
    #expect(try folders(SortRule(.labels(.classify), top: 3), Self.photo) == ["tabby", "tiger cat"])
    #expect(try folders(SortRule(.labels(.detect), minConfidence: 0.8), Self.photo) == ["dining table"])
    #expect(try folders(SortRule(.labels(.detect), top: 1), Self.photo) == ["dining table"])
    #expect(try folders(SortRule(.labels(.segment)), Self.photo) == [])
  }

  @Test func otherFields() throws {
    #expect(try folders(SortRule(.people), Self.photo) == ["Ada"])
    #expect(try folders(SortRule(.status), Self.photo) == ["ok"])
    #expect(try folders(SortRule(.camera), Self.photo) == ["Canon EOS R5 _ _"])
    let field = try #require(SortField("taken:%Y/%m-%d"))
    #expect(try folders(SortRule(field), Self.photo) == ["2024/05-01"])
    #expect(SortField("taken:%q") == nil)
    #expect(SortField("taken:") == nil)
    #expect(SortField("text") == nil)
    let failed = #"{"schema":"imgrec/1","path":"b","status":"error","error":{"stage":"decode","code":"truncated"}}"#
    #expect(try folders(SortRule(.status), failed) == ["truncated"])
    #expect(try folders(SortRule(.labels(nil)), failed) == [])
  }

  @Test(arguments: [
    ("..", "_."), (".hidden", "_hidden"), ("a/b", "a_b"), ("", "_"), ("  ", "_"), ("a\0b", "a_b"), ("cat ", "cat"),
    (String(repeating: "ü", count: 200), String(repeating: "ü", count: 127)),
  ])
  func folderNames(text: String, name: String) {
    #expect(FolderName.component(text).description == name)
  }

  @Test func datesStayInsideTheFolder() {
    #expect(FolderName.path("2024/../x").description == "2024/_./x")
  }
}

@Suite struct RecordFilesTests {
  private func paths(_ text: String) throws -> [String] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("records-\(UUID().uuidString)")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var paths: [String] = []
    try RecordFiles([RawPath(file.path)]).read { record, _ in paths.append(record.path.description) }
    return paths
  }

  private let line = #"{"schema":"imgrec/1","path":"a } [","status":"ok"}"#

  @Test func formsOfTheSameRecords() throws {
    let pretty =
      "{\n  \"status\": \"ok\",\n  \"path\": \"a } [\", \"x\": [1, {\"y\": null}],\n \"schema\": \"imgrec/1\"\n}\n"
    for text in [
      "\(line)\n\(line)", "\u{feff}\(line)\r\n\(line)\n", "[\(line),\n\(line)]\n", pretty + pretty,
      "[\(pretty),\(line)]",
    ] {
      #expect(try paths(text) == ["a } [", "a } ["], "\(text)")
    }
    #expect(try paths("") == [])
    #expect(try paths("[]") == [])
  }

  @Test(arguments: [
    ("path,label\n", "line 1: it is not JSON"), (#"{"schema":"imgrec/1","path":"a""#, "the record is cut off"),
    ("[", "the list of records is cut off"),
    (#"{"path":"a"}"#, "line 1: this is no record of imgrec: it has no \"schema\""),
    (
      "\n" + #"{"schema":"imgrec/9","path":"a","status":"ok"}"#,
      "line 2: this is no record of imgrec: its schema is imgrec/9"
    ),
    (
      #"{"schema":"imgrec/1","path":"a","status":"ok","detect":[{"label":"x"}]}"#,
      "its \"detect\" is none that imgrec writes"
    ),
    ("{]", "it is not JSON"),
  ])
  func mistakes(text: String, message: String) {
    #expect {
      try paths(text)
    } throws: { "\($0)".contains(message) }
  }
}
