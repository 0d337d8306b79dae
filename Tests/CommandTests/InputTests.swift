import Foundation
import TestSupport
import XCTest

/// Each input has a record, and what is passed over is counted and named.
final class InputTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel, "--cache", "off"]
  private var folder: URL!
  private var image: Data!

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    image = try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("images/grey.jpg"))
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func write(_ names: String..., bytes: Data? = nil) throws {
    for name in names {
      let file = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try (bytes ?? image).write(to: file)
    }
  }

  private func scan(_ arguments: String..., input: Data? = nil, environment: [String: String] = [:]) throws
    -> ImgrecCLI.Result
  {
    try ImgrecCLI.run(["scan"] + arguments + model, input: input, environment: environment, folder: folder)
  }

  /// The paths of the records, failures with their codes.
  private func records(_ result: ImgrecCLI.Result) throws -> [String] {
    try result.records().map { record in
      let code = (record["error"] as? [String: Any])?["code"] as? String
      return (record["path"] as? String ?? "?") + (code.map { "!\($0)" } ?? "")
    }
  }

  // MARK: Archives

  func testMemberNamesInEveryLocale() throws {
    let names = ["été.jpg", "照片/一.jpg", "../up.jpg", "plain.jpg"]
    let members = names.map { ArchiveBytes.Member($0, Array(image)).with { $0.isMarked = true } }
    let hidden = ArchiveBytes.Member("__MACOSX/._été.jpg", [1]).with { $0.isMarked = true }
    try write("a.zip", bytes: Data(ArchiveBytes.zip(members + [hidden])))
    try write("a.tar", bytes: Data(ArchiveBytes.tar(members + [hidden])))
    let expected = ["a.zip", "a.tar"].flatMap { archive in
      ["été.jpg", "照片/一.jpg", "__/up.jpg", "plain.jpg"].map { "\(archive)/\($0)" }
    }
    for locale in ["C", "C.UTF-8", "de_DE.ISO-8859-1"] {
      let result = try scan("a.zip", "a.tar", environment: ["LC_ALL": locale])
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(try records(result), expected, locale)
      XCTAssertTrue(result.err.contains("\nignored: hidden 2\n"), result.err)
    }
  }

  // MARK: What is passed over

  private func mixedTree() throws {
    try write("a.jpg", "sub/b.jpg", ".hidden.jpg")
    try write(
      "clip.mp4", "clip2.MP4", "clip3.mp4", "scan.pdf", "edit.xmp", "raw.thm", "esc\u{1b}[31m.txt", bytes: Data([1]))
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent("link").path, withDestinationPath: "sub")
  }

  func testTheSummaryCountsByKind() throws {
    try mixedTree()
    let result = try scan(
      ".", "--summary", "../s-\(folder.lastPathComponent)", "--metrics", "../m-\(folder.lastPathComponent)")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertTrue(
      result.err.contains("\nignored: mp4 3, hidden 1, links 1, pdf 1, thm 1, txt 1, xmp 1\n"), result.err)
    let files = ["s", "m"].map {
      folder.deletingLastPathComponent().appendingPathComponent("\($0)-\(folder.lastPathComponent)")
    }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    let summary = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: files[0])) as? [String: Any])
    XCTAssertEqual(summary["ignored"] as? Int, 9)
    XCTAssertEqual(
      summary["ignored_kinds"] as? [String: Int],
      ["mp4": 3, "pdf": 1, "xmp": 1, "thm": 1, "txt": 1, "hidden": 1, "links": 1])
    XCTAssertTrue(
      try String(contentsOf: files[1], encoding: .utf8).contains("imgrec_ignored_entries_total{kind=\"mp4\"} 3\n"))
  }

  func testListIgnoredNamesEach() throws {
    try mixedTree()
    let expected = [
      "ignored: ./.hidden.jpg (hidden)", "ignored: ./clip.mp4 (not an image)", "ignored: ./clip2.MP4 (not an image)",
      "ignored: ./clip3.mp4 (not an image)", "ignored: ./edit.xmp (not an image)",
      "ignored: ./esc\\x1b[31m.txt (not an image)", "ignored: ./link (a link that is not followed)",
      "ignored: ./raw.thm (not an image)", "ignored: ./scan.pdf (not an image)",
    ]
    func lines(_ result: ImgrecCLI.Result) -> [String] {
      result.err.split(separator: "\n").map(String.init).filter { $0.hasPrefix("ignored: ./") }
    }
    XCTAssertEqual(lines(try scan(".", "--list-ignored")), expected)
    XCTAssertEqual(try scan(".", "--list-ignored", "-q").err, expected.joined(separator: "\n") + "\n")
    let dry = try scan(".", "--list-ignored", "--dry-run")
    XCTAssertEqual(lines(dry), expected)
    XCTAssertEqual(dry.text, "./a.jpg\n./sub/b.jpg\n")
    for command in [["upscale", "-o", "../none-\(folder.lastPathComponent)", "--dry-run"], ["similar"]] {
      let result = try ImgrecCLI.run(command + [".", "--list-ignored"], folder: folder)
      XCTAssertEqual(lines(result), expected, "\(command)")
    }
    let json = try ImgrecCLI.records(Data(try scan(".", "--list-ignored", "--log-format", "json").err.utf8))
      .filter { $0["event"] as? String == "ignored" }
    let named = json.map { "ignored: \($0["path"] as? String ?? "") (\($0["reason"] as? String ?? ""))" }
    XCTAssertEqual(named, expected.map { $0.replacing("\\x1b", with: "\u{1b}") }, "JSON has the exact name")
    let filtered = try scan(".", "--list-ignored", "-q", "--glob", "*.png", "--max-depth", "1").err
    XCTAssertTrue(filtered.contains("ignored: ./a.jpg (does not match --glob)\n"), filtered)
    XCTAssertTrue(filtered.contains("ignored: ./sub (below --max-depth)\n"), filtered)
  }

  func testNoImagesSaysWhichRuleDidIt() throws {
    try write("x/a.jpg", "x/b.jpg", "x/deep/c.jpg")
    try write("y/clip.mp4", "y/scan.pdf", bytes: Data([1]))
    let cases: [([String], String)] = [
      (["x", "--glob", "*.jpeg"], "--glob '*.jpeg' left out 3 files"),
      (["x/deep", "--exclude", "*.jpg"], "--exclude '*.jpg' left out 1 file"),
      (["x", "--exclude", "*"], "--exclude '*' left out 1 folder and 2 files"),
      (["x", "--glob", "c.*", "--max-depth", "1"], "--glob 'c.*' left out 2 files; --max-depth 1 left out 1 folder"),
      (["y"], "2 files are not images (mp4 1, pdf 1)"),
      (["--files-from", "/dev/null"], "the lists are empty"),
    ]
    for (arguments, reason) in cases {
      let message = "imgrec: no images among the inputs: \(reason)\n"
      for command in [
        ["scan"] + model, ["scan", "--dry-run"], ["upscale", "--dry-run", "-o", "../none-\(folder.lastPathComponent)"],
        ["similar"],
      ] {
        let result = try ImgrecCLI.run(command + arguments, folder: folder)
        XCTAssertEqual(result.status, 3, "\(command) \(arguments): \(result.err)")
        XCTAssertTrue(result.err.hasSuffix(message), "\(command) \(arguments): \(result.err)")
      }
      XCTAssertEqual(try ImgrecCLI.run(["scan", "-q"] + model + arguments, folder: folder).err, "")
    }
  }

  func testGlobs() throws {
    try write("a.jpg", "b.JPG", "c.png", "2023/d.jpg", "2024/e.jpg", "2025/f.jpg")
    func paths(_ flags: String...) throws -> String {
      let result = try ImgrecCLI.run(["scan", ".", "--dry-run"] + flags, folder: folder)
      return result.text.split(separator: "\n").map { $0.dropFirst(2) }.joined(separator: " ")
    }
    XCTAssertEqual(try paths("--glob", "{2023,2024}/**"), "2023/d.jpg 2024/e.jpg")
    XCTAssertEqual(try paths("--glob", "*.{jpg,png}", "--max-depth", "1"), "a.jpg c.png")
    XCTAssertEqual(try paths("--iglob", "*.jpg", "--max-depth", "1"), "a.jpg b.JPG")
    XCTAssertEqual(try paths("--exclude", "{20*,*.JPG}"), "a.jpg c.png")
    for flag in ["--glob", "--iglob", "--exclude"] {
      let result = try scan(".", flag, "*.{jpg,png")
      XCTAssertEqual(result.status, 64)
      XCTAssertTrue(result.err.contains("'*.{jpg,png' is not a valid pattern: a '{' is not closed"), result.err)
    }
  }

  // MARK: Lists and standard input

  func testListsOfEveryEncoding() throws {
    try write("in/a.jpg", "in/ü.jpg")
    let text = "in/a.jpg\r\nin/ü.jpg\r\n"
    let lists: [String: Data] = [
      "bom8.txt": Data([0xef, 0xbb, 0xbf]) + Data(text.utf8), "crlf.txt": Data(text.utf8),
      "utf16le.txt": Data([0xff, 0xfe]) + (text.data(using: .utf16LittleEndian) ?? Data()),
      "utf16be.txt": Data([0xfe, 0xff]) + (text.data(using: .utf16BigEndian) ?? Data()),
      "nul.txt": Data("in/a.jpg\0in/ü.jpg\0".utf8),
    ]
    for (name, bytes) in lists {
      try write(name, bytes: bytes)
      let file = try scan("--files-from", name)
      XCTAssertEqual(try records(file), ["in/a.jpg", "in/ü.jpg"], name)
      XCTAssertEqual(file.status, 0)
      XCTAssertEqual(try records(scan("-", input: bytes)), ["in/a.jpg", "in/ü.jpg"], name)
    }
    // A list that can be read once, whatever else looks at the inputs.
    let once = try ImgrecCLI.shell(
      "imgrec scan --files-from <(printf 'in/a.jpg\\nin/ü.jpg\\n') --progress json --model '\(model[1])' --cache off",
      folder: folder)
    XCTAssertEqual(try records(once), ["in/a.jpg", "in/ü.jpg"])
  }

  func testStandardInputIsRecognisedForWhatItIs() throws {
    try write("a.jpg")
    XCTAssertEqual(try records(scan("-", input: image)), ["-"])
    XCTAssertEqual(try records(scan("-0", "-", input: image)), ["-"])
    let direct = try XCTUnwrap(scan("a.jpg").records().first?["digest"] as? String)
    XCTAssertEqual(try scan("-", input: image).records().first?["digest"] as? String, direct)
    XCTAssertEqual(try records(scan("-", input: image + image + image)), ["-#1", "-#2", "-#3"])
    XCTAssertEqual(
      try records(ImgrecCLI.shell("cat a.jpg a.jpg | imgrec scan - --model '\(model[1])' --cache off", folder: folder)),
      ["-#1", "-#2"])

    let members = ["é/b.jpg", "c.txt", "d.jpg"].map {
      ArchiveBytes.Member($0, Array(image)).with { $0.isMarked = true }
    }
    for (name, bytes) in [("zip", ArchiveBytes.zip(members)), ("tar", ArchiveBytes.tar(members))] {
      try write(name, bytes: Data(bytes))
      XCTAssertEqual(try records(scan("-", input: Data(bytes))), ["-/é/b.jpg", "-/d.jpg"], name)
      let piped = try ImgrecCLI.shell("cat \(name) | imgrec scan - --model '\(model[1])' --cache off", folder: folder)
      XCTAssertEqual(try records(piped), ["-/é/b.jpg", "-/d.jpg"], name)
      XCTAssertTrue(piped.err.contains("\nignored: txt 1\n"), piped.err)
    }
    XCTAssertEqual(try records(scan("-", input: Data([0, 0, 0, 32] + Array("ftypisom".utf8)))), ["-!unsupported"])

    for (file, kind) in [("a.jpg", "an image"), ("zip", "an archive")] {
      let result = try scan("--files-from", file)
      XCTAssertEqual(result.status, 2)
      XCTAssertEqual(result.err, "imgrec: \(file) is \(kind), not a list of paths; name it as an input\n")
    }
  }
}
