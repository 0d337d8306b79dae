import Foundation
import TestSupport
import XCTest

/// `imgrec drift` on images that are made here and scanned: what is found, and what is left alone.
final class DriftTests: XCTestCase {
  private var folder: URL!

  /// 60 pictures of noise, and the same with each fifth darkened.
  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    var random = SplitMix(state: 4)
    for name in ["plain", "dark"] {
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    for index in 0..<60 {
      let level = Double.random(in: 120...220, using: &random)
      let pixels = (0..<64 * 48 * 3).map { _ in UInt8(level + Double.random(in: -30...30, using: &random)) }
      try picture(pixels, "plain/\(index).ppm")
      try picture(index.isMultiple(of: 5) ? pixels.map { $0 / 3 } : pixels, "dark/\(index).ppm")
    }
    for name in ["plain", "dark"] {
      let scan = try imgrec("scan", "-q", "--task", "quality", name, "-o", "\(name).jsonl")
      XCTAssertEqual(scan.status, 0, scan.err)
    }
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func picture(_ pixels: [UInt8], _ name: String) throws {
    try (Data("P6\n64 48\n255\n".utf8) + Data(pixels)).write(to: folder.appendingPathComponent(name))
  }

  private func imgrec(_ arguments: String..., input: Data? = nil) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(arguments, input: input, folder: folder)
  }

  private func contents(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  private func report(_ result: ImgrecCLI.Result) throws -> [String: Any] {
    try XCTUnwrap(JSONSerialization.jsonObject(with: result.out) as? [String: Any], result.err)
  }

  private func verdicts(_ report: [String: Any]) throws -> [String: String] {
    let measures = try XCTUnwrap(report["measures"] as? [[String: Any]])
    return Dictionary(uniqueKeysWithValues: measures.map { ($0["name"] as! String, $0["verdict"] as! String) })
  }

  // MARK: Comparison

  func testARunAgainstItselfHasNone() throws {
    let result = try imgrec("drift", "plain.jsonl", "plain.jsonl")
    XCTAssertEqual(result.status, 0, result.err)
    let report = try report(result)
    XCTAssertEqual(report["schema"] as? String, "imgrec-drift/1")
    XCTAssertEqual(report["verdict"] as? String, "stable")
    XCTAssertEqual(Set(try verdicts(report).values), ["stable"])
    XCTAssertEqual((report["now"] as? [String: Any])?["new"] as? Int, 0)
    XCTAssertTrue(result.err.contains("60 images beside 60 of the baseline: no drift"), result.err)
  }

  func testAFifthDarkenedIsFound() throws {
    let result = try imgrec("drift", "plain.jsonl", "dark.jsonl")
    XCTAssertEqual(result.status, 1, result.err)
    let report = try report(result)
    XCTAssertEqual(report["verdict"] as? String, "drift")
    XCTAssertEqual((report["now"] as? [String: Any])?["new"] as? Int, 12)
    let verdicts = try verdicts(report)
    XCTAssertEqual(verdicts["quality.brightness"], "drift")
    XCTAssertEqual(verdicts["megapixels"], "stable")
    let measures = try XCTUnwrap(report["measures"] as? [[String: Any]])
    let brightness = try XCTUnwrap(measures.first { $0["name"] as? String == "quality.brightness" })
    // Twelve of sixty.
    XCTAssertEqual(try XCTUnwrap(brightness["ks"] as? Double), 0.2, accuracy: 0.001)
    XCTAssertTrue(result.err.contains("quality.brightness"), result.err)

    for (arguments, status) in [
      (["--fail-on", "never"], Int32(0)), (["--ks", "0.9", "--psi", "50"], 0),
      (["--ks", "0.3", "--psi", "50", "--fail-on", "warning"], 1), (["--ignore", "quality"], 0),
    ] {
      let run = try ImgrecCLI.run(["drift", "plain.jsonl", "dark.jsonl"] + arguments, folder: folder)
      XCTAssertEqual(run.status, status, "\(arguments): \(run.err)")
    }
    let table = try imgrec("drift", "-q", "plain.jsonl", "dark.jsonl", "--format", "table")
    XCTAssertEqual(table.err, "")
    let row = try XCTUnwrap(table.text.split(separator: "\n").first { $0.hasPrefix("quality.brightness") })
    XCTAssertTrue(row.hasSuffix("drift"), String(row))
  }

  func testFewImagesAreTooFew() throws {
    // The darkened ones.
    let lines = String(decoding: try contents("dark.jsonl"), as: UTF8.self).split(separator: "\n").filter {
      $0.contains(/dark\/[0-9]*[05]\.ppm/)
    }
    XCTAssertEqual(lines.count, 12)
    let records = Data(lines.joined(separator: "\n").utf8)
    let result = try imgrec("drift", "plain.jsonl", input: records)
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(try verdicts(report(result))["quality.brightness"], "too_few")
    XCTAssertTrue(result.err.contains("too few images for"), result.err)
    let less = try imgrec("drift", "plain.jsonl", "--min-images", "12", input: records)
    XCTAssertEqual(try verdicts(report(less))["quality.brightness"], "drift", less.err)
  }

  /// As jq prints them: other white space, keys in the order of the alphabet, one array.
  func testReadsWhatJqMakes() throws {
    let records = try contents("dark.jsonl").split(separator: UInt8(ascii: "\n")).map {
      try JSONSerialization.jsonObject(with: $0)
    }
    let data = try JSONSerialization.data(withJSONObject: records, options: [.prettyPrinted, .sortedKeys])
    let result = try imgrec("drift", "plain.jsonl", "-", input: data)
    let direct = try imgrec("drift", "plain.jsonl", "dark.jsonl")
    XCTAssertEqual(result.status, 1, result.err)
    XCTAssertEqual(result.text, direct.text)
    let baseline = try imgrec("drift", "-", "dark.jsonl", input: contents("plain.jsonl"))
    XCTAssertEqual(baseline.text, direct.text)
  }

  func testAnotherModelIsRefused() throws {
    let text = String(decoding: try contents("plain.jsonl"), as: UTF8.self)
    try write(text.replacing("sharpness@computed", with: "other@12345678"), "other.jsonl")
    let refused = try imgrec("drift", "plain.jsonl", "other.jsonl")
    XCTAssertEqual(refused.status, 2)
    XCTAssertEqual(
      refused.err,
      """
      imgrec: quality is by other@12345678, in the baseline by sharpness@computed: the difference of two models is no drift
      Scan with the baseline's model, make a new baseline, or add --allow-other-models.

      """)
    XCTAssertEqual(refused.text, "")
    let allowed = try imgrec("drift", "plain.jsonl", "other.jsonl", "--allow-other-models", "--fail-on", "never")
    XCTAssertEqual(allowed.status, 0, allowed.err)
    XCTAssertEqual(try verdicts(report(allowed))["quality.brightness"], "stable")
    XCTAssertEqual(try verdicts(report(allowed))["quality.model"], "drift")
  }

  func testMistakes() throws {
    try write("", "empty.jsonl")
    for arguments in [["empty.jsonl", "plain.jsonl"], ["plain.jsonl", "empty.jsonl"]] {
      let result = try ImgrecCLI.run(["drift"] + arguments, folder: folder)
      XCTAssertEqual(result.status, 3, result.err)
      XCTAssertTrue(
        result.err.contains(arguments[0] == "empty.jsonl" ? "the baseline is empty" : "the records are empty"))
    }
    for arguments in [["-", "-"], ["-"]] {
      let both = try ImgrecCLI.run(["drift"] + arguments, input: Data(), folder: folder)
      XCTAssertEqual(both.status, 64)
      XCTAssertTrue(both.err.contains("standard input cannot be both"), both.err)
    }
    XCTAssertEqual(try imgrec("drift", "missing.jsonl", "plain.jsonl").status, 2)
    XCTAssertEqual(try imgrec("drift", "plain/1.ppm", "plain.jsonl").status, 2)
    XCTAssertEqual(try imgrec("drift", "plain.jsonl", "plain.jsonl", "--count", "5").status, 64)
    XCTAssertEqual(try imgrec("drift", "plain.jsonl", "plain.jsonl", "--root", ".").status, 64)
    XCTAssertEqual(try imgrec("drift", "plain.jsonl", "plain.jsonl", "--psi", "-1").status, 64)
    XCTAssertEqual(try imgrec("drift").status, 64)
  }

  func testReplacesNothing() throws {
    let before = try contents("plain.jsonl")
    let input = try imgrec("drift", "plain.jsonl", "dark.jsonl", "-o", "plain.jsonl", "--on-exists", "overwrite")
    XCTAssertEqual(input.status, 2)
    XCTAssertTrue(input.err.contains("an input of this run"), input.err)
    XCTAssertEqual(try contents("plain.jsonl"), before)
    try write("mine", "notes.json")
    XCTAssertEqual(try imgrec("drift", "plain.jsonl", "dark.jsonl", "-o", "notes.json").status, 2)
    XCTAssertEqual(try contents("notes.json"), Data("mine".utf8))
    for _ in 0..<2 {
      let own = try imgrec("drift", "plain.jsonl", "dark.jsonl", "-o", "drift.json")
      XCTAssertEqual(own.status, 1, own.err)
    }
    XCTAssertTrue(try contents("drift.json").starts(with: Data("{\"schema\":\"imgrec-drift/1\",".utf8)))
  }

  // MARK: What to label

  /// Paths below `name`, without folders.
  private func files(_ name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.appendingPathComponent(name).path).filter {
      var isFolder: ObjCBool = false
      let path = folder.appendingPathComponent("\(name)/\($0)").path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  func testCollectsWhatToLabel() throws {
    let result = try imgrec("drift", "plain.jsonl", "dark.jsonl", "--hard", "to/label", "--count", "10")
    XCTAssertEqual(result.status, 1, result.err)
    XCTAssertTrue(result.err.contains("10 images to label in to/label: 0 unsure, 10 unlike, 0 rare"), result.err)
    let files = try files("to/label")
    XCTAssertEqual(files.count, 12)
    XCTAssertTrue(files.contains("picked.csv"))
    // The darkened ones are the most unlike.
    let picked = try ImgrecCLI.records(contents("to/label/picked.jsonl"))
    XCTAssertEqual(picked.count, 10)
    for record in picked {
      let reason = try XCTUnwrap(record["picked"] as? [String: Any])
      XCTAssertEqual(reason["why"] as? String, "unlike")
      let file = try XCTUnwrap(reason["file"] as? String)
      XCTAssertEqual(try contents("to/label/\(file)"), try contents(XCTUnwrap(record["path"] as? String)))
      let number = try XCTUnwrap(Int(URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent))
      XCTAssertTrue(number.isMultiple(of: 5), file)
    }
    // Commands that read records take them.
    let sorted = try imgrec("sort", "to/label/picked.jsonl", "--into", "sorted", "--by", "status")
    XCTAssertTrue(sorted.err.contains("10 filed"), sorted.err)

    let again = try imgrec("drift", "plain.jsonl", "dark.jsonl", "--hard", "to/label")
    XCTAssertEqual(again.status, 2)
    XCTAssertTrue(again.err.contains("to/label has files in it"), again.err)
  }

  /// Objects for labelling tools, whose names follow those of the images.
  func testProposals() throws {
    for (folder, ending) in [("a", "ppm"), ("b", "ppm"), ("c", "bmp")] {
      try FileManager.default.createDirectory(
        at: self.folder.appendingPathComponent("set/\(folder)"), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: self.folder.appendingPathComponent("plain/\(folder == "a" ? 1 : folder == "b" ? 2 : 3).ppm"),
        to: self.folder.appendingPathComponent("set/\(folder)/classes.\(ending)"))
    }
    // The same picture again.
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("plain/1.ppm"), to: folder.appendingPathComponent("set/copy.ppm"))
    let scan = try ImgrecCLI.run(
      ["scan", "-q"] + ImgrecCLI.instantDetector + ["set", "-o", "set.jsonl"], folder: folder)
    XCTAssertEqual(scan.status, 0, scan.err)
    for (form, names) in [
      ("yolo", ["labels/classes.txt"]), ("voc", []), ("coco", ["annotations.json"]),
    ] {
      let result = try imgrec(
        "drift", "set.jsonl", "set.jsonl", "--hard", form, "--proposals", form, "--link", "copy")
      XCTAssertEqual(result.status, 0, result.err)
      let files = try files(form)
      let images = files.filter { $0.hasPrefix("images/") }
      XCTAssertEqual(images.count, 3, "\(files)")
      let stems = Set(images.map { $0.dropFirst("images/".count).prefix { $0 != "." } })
      XCTAssertEqual(stems.count, 3, "\(images)")
      for name in names { XCTAssertTrue(files.contains(name), "\(files)") }
      switch form {
      case "yolo":
        for stem in stems {
          let lines = String(decoding: try contents("yolo/labels/\(stem).txt"), as: UTF8.self).split(separator: "\n")
          XCTAssertFalse(lines.isEmpty)
          XCTAssertTrue(lines.allSatisfy { $0.split(separator: " ").count == 5 }, "\(lines)")
        }
      case "voc":
        for stem in stems {
          let xml = String(decoding: try contents("voc/annotations/\(stem).xml"), as: UTF8.self)
          XCTAssertTrue(xml.contains("<folder>images</folder>"), xml)
          XCTAssertTrue(xml.contains("<object>"), xml)
        }
      default:
        let coco = try XCTUnwrap(
          JSONSerialization.jsonObject(with: contents("coco/annotations.json")) as? [String: Any])
        let listed = try XCTUnwrap(coco["images"] as? [[String: Any]]).compactMap { $0["file_name"] as? String }
        XCTAssertEqual(listed.sorted(), images)
        XCTAssertFalse(try XCTUnwrap(coco["annotations"] as? [Any]).isEmpty)
      }
    }
  }

  func testImagesThatAreNotHereArePassedOver() throws {
    let moved = folder.appendingPathComponent("dark/0.ppm")
    try FileManager.default.removeItem(at: moved)
    let result = try imgrec("drift", "plain.jsonl", "dark.jsonl", "--hard", "label", "--fail-on", "never")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertTrue(result.err.contains("1 image passed over that cannot be read: dark/0.ppm"), result.err)
    let other = folder.appendingPathComponent("other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    let lost = try ImgrecCLI.run(["drift", "../plain.jsonl", "../dark.jsonl", "--hard", "x"], folder: other)
    XCTAssertEqual(lost.status, 2)
    XCTAssertTrue(lost.err.contains("--root DIR"), lost.err)
    let found = try ImgrecCLI.run(
      ["drift", "../plain.jsonl", "../dark.jsonl", "--hard", "x", "--root", ".."], folder: other)
    XCTAssertEqual(found.status, 1, found.err)
  }
}
