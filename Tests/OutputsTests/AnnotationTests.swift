import Foundation
import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition
@testable import Records

final class AnnotationTests: XCTestCase {
  private func outcome(_ path: String, _ findings: Findings, task: TaskKind = .detect) -> Outcome {
    var outcome = Outcome(
      index: 0, path: RawPath(path), result: .success([Answer(task: task, model: "m@0", findings: findings)]))
    outcome.facts.size = PixelSize(width: 200, height: 100)
    return outcome
  }

  private let dog = Detection(label: "dog", id: 1, score: 0.9, box: Box(x: 20, y: 10, width: 40, height: 50))
  private let owl = Detection(label: "owl & co", score: 0.5, box: Box(x: 0, y: 0, width: 200, height: 100))

  private let labels = ModelLabels(task: .detect, names: ["cat", "dog"])

  func testCOCO() throws {
    let text = try written { output in
      let sink = COCOSink(output, labels: [labels])
      try sink.write(outcome("a.jpg", .detections([dog, owl])))
      try sink.write(Samples.failed())
      try sink.write(outcome("b.jpg", .detections([])))
      try sink.finish()
    }
    let document = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]])
    XCTAssertEqual(document["images"]?.compactMap { $0["file_name"] as? String }, ["a.jpg", "b.jpg"])
    XCTAssertEqual(document["annotations"]?.compactMap { $0["category_id"] as? Int }, [2, 3])
    XCTAssertEqual(document["annotations"]?[0]["bbox"] as? [Double], [20, 10, 40, 50])
    XCTAssertEqual(document["annotations"]?[0]["area"] as? Double, 2000)
    XCTAssertEqual(document["categories"]?.compactMap { $0["name"] as? String }, ["cat", "dog", "owl & co"])
  }

  func testCOCOWithoutImagesAndWithMasks() throws {
    let empty = try written { try COCOSink($0, labels: []).finish() }
    XCTAssertNoThrow(try JSONSerialization.jsonObject(with: Data(empty.utf8)))
    let mask = RunLengthMask(size: PixelSize(width: 200, height: 100), counts: [100, 50, 19850])
    let segment = Segment(label: "s", score: 1, box: dog.box, area: 50, mask: mask)
    let text = try written { output in
      let sink = COCOSink(output, labels: [])
      try sink.write(outcome("a.jpg", .segments([segment]), task: .segment))
      try sink.finish()
    }
    let document = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [[String: Any]]])
    let found = try XCTUnwrap(document["annotations"]?[0]["segmentation"] as? [String: Any])
    XCTAssertEqual(document["annotations"]?[0]["iscrowd"] as? Int, 0)
    XCTAssertEqual(found["size"] as? [Int], [100, 200])
    XCTAssertEqual(found["counts"] as? String, mask.compressed)
  }

  func testYOLOAndVOC() throws {
    let folder = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let output = ByteOutput(descriptor: STDOUT_FILENO)
    for format in OutputFormat.allCases where format.needsFolder {
      let sink = try format.makeSink(SinkContext(output: output, folder: folder, labels: [labels]))
      try sink.write(outcome("p/a.jpg", .detections([dog, owl])))
      try sink.write(outcome("none.png", .detections([])))
      try sink.finish()
    }
    func read(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }
    XCTAssertEqual(
      try read("p/a.txt"),
      "1 0.200000 0.350000 0.200000 0.500000\n2 0.500000 0.500000 1.000000 1.000000\n")
    XCTAssertEqual(try read("none.txt"), "")
    XCTAssertEqual(try read("classes.txt"), "cat\ndog\nowl & co\n")
    let xml = try read("p/a.xml")
    XCTAssertTrue(xml.contains("<xmin>21</xmin><ymin>11</ymin><xmax>60</xmax><ymax>60</ymax>"), xml)
    XCTAssertTrue(xml.contains("<name>owl &amp; co</name>"), xml)
  }

  /// As Open Images and Objects365 have them: two classes of one name.
  func testClassesOfOneNameKeepTheirNumbers() throws {
    let models = [
      ModelLabels(task: .detect, names: ["person", "dog", "person"]),
      ModelLabels(task: .segment, names: ["background", "dog", "owl"]),
    ]
    let mask = RunLengthMask(size: PixelSize(width: 200, height: 100), counts: [100, 50, 19850])
    func segment(_ label: String, _ id: Int) -> Segment {
      Segment(label: label, id: id, score: 1, box: dog.box, area: 50, mask: mask)
    }
    var found = outcome(
      "a.jpg",
      .detections([2, 0, nil, 7].map { Detection(label: "person", id: $0, score: 0.9, box: dog.box) }))
    let parts = Findings.segments([segment("dog", 1), segment("owl", 2)])
    found.result = .success(found.answers + [Answer(task: .segment, model: "s@0", findings: parts)])
    var classes = LabelledObjects(models)
    XCTAssertEqual(classes.numbered(in: found).map(\.number), [2, 0, 0, 0, 1, 5])
    XCTAssertEqual(classes.names, ["person", "dog", "person", "background", "dog", "owl"])
    // Classes without labels are named by their numbers.
    found.result = .success([
      Answer(
        task: .detect, model: "m@0",
        findings: .detections(
          ([3, 1] as [Int]).map { Detection(label: "\($0)", id: $0, score: 0.9, box: dog.box) }))
    ])
    classes = LabelledObjects([ModelLabels(task: .detect, names: [])])
    XCTAssertEqual(classes.numbered(in: found).map(\.number), [3, 1])
    XCTAssertEqual(classes.names, ["0", "1", "2", "3"])
  }

  func testCachedAnswersOfEveryKindComeBack() throws {
    let mask = RunLengthMask(size: PixelSize(width: 4, height: 2), counts: [4, 4])
    let segment = Segment(label: "s", score: 0.5, box: Box(x: 2, y: 0, width: 2, height: 2), area: 4, mask: mask)
    let samples: [Findings] = [
      .labels([Label(label: "tabby", id: 281, score: 0.5)]), .labels([]), .detections([dog, owl]), .detections([]),
      .segments([segment]), .embedding([1, -2]), .embedding([]), .measures([Measure("sharpness", 1.25)]), .codes([]),
      .codes([
        OpticalCode(
          text: "4006381333931", format: "EAN-13",
          quad: [
            Point(x: 1, y: 2), Point(x: 9, y: 2), Point(x: 9, y: 5), Point(x: 1, y: 5),
          ])
      ]),
    ]
    for findings in samples {
      let bytes = CachedAnswer.bytes(of: findings, model: "m@1", facts: Samples.facts(), warnings: ["w"])
      let answer = try XCTUnwrap(CachedAnswer(bytes), String(decoding: bytes, as: UTF8.self))
      XCTAssertEqual(answer.model, "m@1")
      XCTAssertEqual(answer.warnings, ["w"])
      XCTAssertEqual(answer.size, Samples.facts().size)
      switch findings.kind {
      case .labels, .detections, .measures, .codes:
        XCTAssertEqual(FindingsReader.findings(answer.findings, kind: findings.kind), findings)
      case .segments, .embedding, .upscaled:
        XCTAssertNil(FindingsReader.findings(answer.findings, kind: findings.kind))
      }
    }
  }

  func testRecordsOfEveryKind() throws {
    let mask = RunLengthMask(size: PixelSize(width: 4, height: 2), counts: [4, 4])
    var segment = Segment(label: "s", score: 0.5, box: Box(x: 2, y: 0, width: 2, height: 2), area: 4, mask: mask)
    XCTAssertTrue(
      record(outcome("a", .segments([segment]), task: .segment)).hasSuffix(
        #""segment":[{"label":"s","score":0.5,"box":[2,0,2,2],"area":4,"rle":{"size":[2,4],"counts":"44"}}]}"#))
    segment.file = "m.png"
    XCTAssertTrue(
      record(outcome("a", .segments([segment]), task: .segment)).hasSuffix(#""area":4,"file":"m.png"}]}"#))
    XCTAssertTrue(
      record(outcome("a", .embedding([1, -2]), task: .embed)).hasSuffix(#""embed":{"dim":2,"values":"AACAPwAAAMA="}}"#))
    XCTAssertTrue(
      record(outcome("a", .measures([Measure("sharpness", 1.25), Measure("dark", 0)]), task: .quality)).hasSuffix(
        #""quality":{"sharpness":1.25,"dark":0}}"#))
    var face = Detection(score: 1, box: Box(x: 0, y: 0, width: 1, height: 1))
    face.identity = Identity(name: "Ada", distance: 0.25)
    face.vector = [1]
    XCTAssertTrue(
      record(outcome("a", .detections([face]), task: .faces)).hasSuffix(
        #""faces":[{"score":1,"box":[0,0,1,1],"identity":"Ada","distance":0.25,"vector":"AACAPw=="}]}"#))
    let corner = Point(x: 1, y: 2)
    let line = Detection(text: "hi", score: 1, box: face.box, quad: [corner, corner, corner, corner])
    XCTAssertTrue(
      record(outcome("a", .detections([line]), task: .text)).hasSuffix(
        #""text":[{"text":"hi","score":1,"quad":[[1,2],[1,2],[1,2],[1,2]]}]}"#))
  }
}
