import Foundation
import XCTest

/// `imgrec scan` with the tiny network of Fixtures: what goes in comes out, once, in every form.
final class ScanTests: XCTestCase {
  private let model = [
    "--model", ImgrecCLI.fixtures.appendingPathComponent("models/classes.onnx").path, "--cache", "off",
  ]
  private let images = ImgrecCLI.fixtures.appendingPathComponent("images")

  private func scan(_ arguments: String..., input: String? = nil, folder: URL? = nil) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan"] + model + arguments, input: input.map { Data($0.utf8) }, folder: folder)
  }

  private func tree() throws -> URL {
    let folder = try ImgrecCLI.temporaryFolder()
    let image = try XCTUnwrap(someImages().first)
    for name in ["a.jpg", "b.txt.jpg", "sub/c.jpg", "sub/deep/d.jpg", ".hidden.jpg", ".git/e.jpg", "noextension"] {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: image, to: file)
    }
    try Data("notes".utf8).write(to: folder.appendingPathComponent("notes.txt"))
    return folder
  }

  private func someImages() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: images, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "jpg" }.sorted { $0.path < $1.path }
  }

  func testEveryImageOfAFolderHasOneRecordInOrder() throws {
    let folder = try tree()
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try scan(".", folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    let paths = try result.records().map { $0["path"] as? String }
    XCTAssertEqual(paths.compactMap { $0 }.count, 5)
    XCTAssertEqual(Set(paths), ["./a.jpg", "./b.txt.jpg", "./noextension", "./sub/c.jpg", "./sub/deep/d.jpg"])
    XCTAssertEqual(try scan(".", folder: folder).records().map { $0["path"] as? String }, paths, "the same order again")
  }

  func testTheRecordHasTheDocumentedKeys() throws {
    let record = try XCTUnwrap(scan(someImages()[0].path).records().first)
    XCTAssertEqual(record["schema"] as? String, "imgrec/1")
    XCTAssertEqual(record["status"] as? String, "ok")
    XCTAssertEqual(record["cache"] as? String, "off")
    XCTAssertEqual(record["format"] as? String, "jpeg")
    XCTAssertTrue((record["digest"] as? String ?? "").hasPrefix("sha256:"))
    XCTAssertTrue(((record["models"] as? [String: String])?["classify"] ?? "").hasPrefix("classes@"))
    let labels = try XCTUnwrap(record["classify"] as? [[String: Any]])
    XCTAssertEqual(labels.count, 3)
    XCTAssertEqual(labels.compactMap { $0["score"] as? Double }.reduce(0, +), 1, accuracy: 1e-3)
    let milliseconds = try XCTUnwrap(record["ms"] as? [String: Double])
    XCTAssertEqual(Set(milliseconds.keys), ["read", "decode", "wait", "infer"])
  }

  func testSelectionFlags() throws {
    let folder = try tree()
    defer { try? FileManager.default.removeItem(at: folder) }
    func paths(_ flags: String...) throws -> Set<String> {
      let result = try ImgrecCLI.run(["scan", ".", "--format", "paths"] + model + flags, folder: folder)
      return Set(result.text.split(separator: "\n").map(String.init))
    }
    XCTAssertEqual(try paths("--max-depth", "1"), ["./a.jpg", "./b.txt.jpg", "./noextension"])
    XCTAssertEqual(try paths("--limit", "2").count, 2)
    XCTAssertEqual(try paths("--glob", "sub/**"), ["./sub/c.jpg", "./sub/deep/d.jpg"])
    XCTAssertEqual(try paths("--glob", "*.jpg", "--exclude", "sub"), ["./a.jpg", "./b.txt.jpg"])
    XCTAssertTrue(try paths("--hidden").isSuperset(of: ["./.hidden.jpg", "./.git/e.jpg"]))
  }

  func testPathsOnStandardInput() throws {
    let folder = try tree()
    defer { try? FileManager.default.removeItem(at: folder) }
    let lines = try scan("-", "--format", "paths", input: "a.jpg\nsub/c.jpg\n", folder: folder)
    XCTAssertEqual(lines.text, "a.jpg\nsub/c.jpg\n")
    let nul = try scan("-0", "-", "--format", "paths", input: "a.jpg\0sub/c.jpg\0", folder: folder)
    XCTAssertEqual(nul.text, "a.jpg\nsub/c.jpg\n")
    try Data("a.jpg\n".utf8).write(to: folder.appendingPathComponent("list"))
    XCTAssertEqual(try scan("--files-from", "list", "--format", "paths", folder: folder).text, "a.jpg\n")
  }

  func testEveryForm() throws {
    let image = try someImages()[0].path
    let document = try JSONSerialization.jsonObject(with: scan(image, "--format", "json").out)
    XCTAssertEqual((document as? [[String: Any]])?.count, 1)
    let rows = try scan(image, "--format", "csv").text.split(whereSeparator: \.isNewline)
    XCTAssertTrue(rows[0].hasPrefix("path,status"))
    XCTAssertEqual(rows.count, 4, "a header and three classes")
    XCTAssertTrue(try scan(image, "--format", "table").text.contains((image as NSString).lastPathComponent))
    XCTAssertEqual(try scan(image, "--format", "paths").text, image + "\n")
  }

  func testOutputFileSummaryAndMetrics() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try ImgrecCLI.run(
      ["scan", images.path, "-q", "-o", "r.jsonl", "--summary", "s.json", "--metrics", "m.prom"] + model, folder: folder
    )
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(result.text + result.err, "", "-q with -o is silent")
    let summary = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("s.json"))) as? [String: Any])
    let count = { (key: String) in summary[key] as? Int ?? -1 }
    XCTAssertEqual(count("inputs"), count("ok") + count("failed") + count("skipped"))
    let records = try String(contentsOf: folder.appendingPathComponent("r.jsonl"), encoding: .utf8)
    XCTAssertEqual(records.split(separator: "\n").count, count("inputs"))
    XCTAssertTrue(
      try String(contentsOf: folder.appendingPathComponent("m.prom"), encoding: .utf8).contains("imgrec_images_total{"))
  }

  func testExitCodes() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    XCTAssertEqual(try scan(folder.path).status, 3, "no images")
    let missing = try scan(folder.appendingPathComponent("none.jpg").path)
    XCTAssertEqual(missing.status, 1)
    XCTAssertEqual(try (missing.records().first?["error"] as? [String: String])?["code"], "not_found")
    XCTAssertEqual(try ImgrecCLI.run(["scan"]).status, 64, "no path")
    XCTAssertEqual(try ImgrecCLI.run(["scan", images.path, "--model", "no_such_model"]).status, 2)
    XCTAssertEqual(try scan(images.path, "-o", "/no/such/folder/r.jsonl").status, 2)
    XCTAssertEqual(try scan(images.path, "-o", "/dev/full").status, 2)
    let strict = try scan("--fail-fast", folder.appendingPathComponent("none.jpg").path)
    XCTAssertEqual(strict.status, 2)
    XCTAssertEqual(try strict.records().count, 1, "the failure that ended the run is told")
  }

  func testDryRunListsAndRecognisesNothing() throws {
    let folder = try tree()
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try scan(".", "--dry-run", folder: folder)
    XCTAssertEqual(result.status, 0)
    XCTAssertEqual(result.text.split(separator: "\n").count, 5)
  }

  func testAnswersDoNotDependOnHowTheRunIsCut() throws {
    let all = try someImages().map(\.path)
    func answers(_ flags: String...) throws -> [String] {
      let result = try ImgrecCLI.run(["scan", "-q"] + all + model + flags)
      return try result.records().map { record in
        let labels = record["classify"] as? [[String: Any]] ?? []
        return "\(record["path"]!) " + labels.map { "\($0["id"]!) \($0["score"]!)" }.joined(separator: " ")
      }.sorted()
    }
    let plain = try answers()
    XCTAssertEqual(plain.count, all.count)
    XCTAssertEqual(try answers("--max-batch", "1", "--instances", "1", "--decoders", "1"), plain)
    XCTAssertEqual(try answers("--instances", "3", "--threads", "2", "--decoders", "4", "--order", "done"), plain)
    XCTAssertEqual(try answers("--memory", "1K", "--batch-pixels", "1px"), plain, "the tightest bounds still pass all")
  }

  func testOddNamesComeOutWhole() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let image = try Data(contentsOf: someImages()[0])
    let names: [[UInt8]] = [
      Array("new\nline.jpg".utf8), Array("esc\u{1B}[31m.jpg".utf8), [0x62, 0xFF, 0xFE] + Array(".jpg".utf8),
      Array(String(repeating: "n", count: 251).utf8) + Array(".jpg".utf8),
    ]
    for name in names {
      let path = Array(folder.path.utf8) + [0x2F] + name + [0]
      let descriptor = path.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_WRONLY | O_CREAT, 0o644) }
      }
      XCTAssertGreaterThanOrEqual(descriptor, 0)
      _ = image.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      close(descriptor)
    }
    let result = try scan(".", folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    let records = try result.records()
    XCTAssertEqual(records.count, names.count)
    let exact = records.compactMap { $0["path_bytes"] as? String }.compactMap { Data(base64Encoded: $0) }
    XCTAssertEqual(exact, [Data([0x2E, 0x2F] + names[2])])
    XCTAssertFalse(try scan(".", "--format", "table", folder: folder).out.contains(0x1B), "no escape code gets out")
  }
}
