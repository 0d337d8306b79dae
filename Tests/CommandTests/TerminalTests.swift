import Foundation
import XCTest

/// What reaches a terminal: the real executable in a pseudo-terminal of `script`, and messages on standard error.
final class TerminalTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")
  private let scan = ["scan", "--cache", "off", "--model", ImgrecCLI.instantModel]

  /// Sets the window's title, and clears the screen: what a hostile name would do; and a name in reverse.
  private static let title = "\u{1b}]0;owned\u{7}"
  private static let clear = "\u{1b}[2J"
  private static let hostile = title + clear + "\u{202e}gpj.a\u{9b}1m"
  private static let harmless = #"\x1b]0;owned\x07\x1b[2J\u{202e}gpj.a\x9b1m"#

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func copy(_ fixture: String, as name: String) throws {
    try FileManager.default.copyItem(
      at: ImgrecCLI.fixtures.appendingPathComponent("images/" + fixture), to: folder.appendingPathComponent(name))
  }

  /// All that a terminal of that many columns receives from `imgrec` with these arguments; standard error too, unless
  /// the arguments redirect it.
  private func terminal(_ arguments: String, columns: Int = 80, _ more: [String: String] = [:]) throws -> String {
    var environment = ["TERM": "xterm", "NO_COLOR": ""].merging(more) { $1 }
    environment["IMGREC_UNDER_TEST"] = ImgrecCLI.binary.path
    let result = try ImgrecCLI.shell(
      "command -v script > /dev/null || exit 99; "
        + "script -qec 'stty cols \(columns) rows 24; \"$IMGREC_UNDER_TEST\" \(arguments)' /dev/null",
      folder: folder, environment: environment)
    if result.status == 99 { throw XCTSkip("script (bsdutils) is not installed") }
    return result.text
  }

  private func assertHarmless(_ text: String, colours: Bool = false, _ hint: String = "", line: UInt = #line) {
    var text = text.replacingOccurrences(of: "\r\r\n", with: "\n").replacingOccurrences(of: "\r\n", with: "\n")
      .replacingOccurrences(of: "\r\u{1b}[K", with: "")
    if colours {
      for code in ["0", "1", "31", "33"] { text = text.replacingOccurrences(of: "\u{1b}[\(code)m", with: "") }
    }
    let bad = text.unicodeScalars.filter {
      switch $0.value {
      case 0x0a, 0x09: false
      case 0..<0x20, 0x7f..<0xa0, 0x202a...0x202e, 0x2066...0x2069: true
      default: false
      }
    }
    XCTAssertEqual(bad.map(\.value), [], hint + " " + text.debugDescription, line: line)
  }

  func testNamesOfFilesOnATerminal() throws {
    try copy("grey.jpg", as: Self.hostile + ".jpg")
    try Data("broken".utf8).write(to: folder.appendingPathComponent(Self.title + ".png"))
    let model = "--cache off --model '\(ImgrecCLI.instantModel)'"
    for format in ["table", "jsonl", "json", "csv", "paths"] {
      let text = try terminal("scan \(model) --format \(format) .", ["NO_COLOR": "1"])
      assertHarmless(text, format)
      XCTAssertTrue(text.contains("gpj"), text)
    }
    assertHarmless(try terminal("scan \(model) ."), colours: true)
    assertHarmless(try terminal("scan \(model) --dry-run ."))
    assertHarmless(try terminal("scan \(model) --list-ignored -q ."), colours: true)
    assertHarmless(try terminal("similar ."), colours: true)
    // What programs read stays as it is.
    let paths = try ImgrecCLI.run(scan + ["-q", "--format", "paths", "--print0", "."], folder: folder)
    XCTAssertEqual(paths.text, "./" + Self.hostile + ".jpg\0")
    let records = try ImgrecCLI.run(scan + ["-q", "."], folder: folder).records()
    XCTAssertTrue(records.contains { $0["path"] as? String == "./" + Self.hostile + ".jpg" })
  }

  func testLabels() throws {
    try copy("grey.jpg", as: "a.jpg")
    for name in ["mean.json", "mean.onnx"] {
      var data = try Data(contentsOf: ImgrecCLI.fixtures.appendingPathComponent("models/" + name))
      if name == "mean.json" {
        let escaped = Self.hostile.utf16.map { String(format: "\\u%04x", $0) }.joined()
        data = Data(String(decoding: data, as: UTF8.self).replacingOccurrences(of: "red", with: escaped).utf8)
      }
      try data.write(to: folder.appendingPathComponent(name))
    }
    for format in ["table", "jsonl", "csv"] {
      let text = try terminal("scan --cache off --model mean.onnx --format \(format) a.jpg", ["NO_COLOR": "1"])
      assertHarmless(text, format)
      XCTAssertTrue(text.contains("gpj"), text)
    }
  }

  /// Arguments that a message repeats, the parser's messages too.
  func testArguments() throws {
    let hostile = Self.hostile
    for arguments in [
      [hostile], ["scan", hostile], ["scan", "--" + hostile], ["scan", "--max-batch", hostile, "a.jpg"],
      ["scan", "--format", hostile, "a.jpg"], ["scan", "--model", hostile, "a.jpg"],
      ["scan", "--task", hostile, "a.jpg"],
      ["scan", "--cache", hostile, "a.jpg"], ["scan", "-o", "/" + hostile + "/x", "a.jpg"],
      ["scan", "--engine", hostile],
      ["scan", "--files-from", hostile], ["models", "info", hostile], ["models", "path", hostile],
      ["faces", "forget", hostile], ["similar", hostile], ["upscale", hostile, "-o", "out"],
      ["submit", "a.jpg", "--queue", "redis://" + hostile], ["queue", "status", "--queue", hostile],
    ] {
      let result = try ImgrecCLI.run(arguments, environment: ["HOME": folder.path], folder: folder)
      XCTAssertNotEqual(result.status, 0, "\(arguments)")
      assertHarmless(result.err, "\(arguments)")
      XCTAssertFalse(result.err.isEmpty, "\(arguments)")
    }
    let named = try ImgrecCLI.run(["scan", hostile], folder: folder)
    XCTAssertTrue(named.text.contains("not_found"), named.text)
    XCTAssertTrue(try ImgrecCLI.run(["models", "info", hostile]).err.contains(Self.harmless))
  }

  func testNamesOfPeople() throws {
    try ImgrecCLI.pull("yunet", "sface")
    let gallery = folder.appendingPathComponent("g.json").path
    let photo = try ImgrecCLI.photos().appendingPathComponent("zidane.jpg").path
    let enrol = try ImgrecCLI.run(["faces", "enroll", "Ada", photo, "--largest", "--gallery", gallery], folder: folder)
    XCTAssertEqual(enrol.status, 0, enrol.err)
    // `enroll` refuses such a name; a gallery of another machine may hold it.
    let refused = try ImgrecCLI.run(["faces", "enroll", Self.hostile, photo, "--gallery", gallery], folder: folder)
    XCTAssertEqual(refused.status, 64)
    assertHarmless(refused.err)
    let name = String(decoding: try JSONEncoder().encode(Self.hostile), as: UTF8.self)
    let text = try String(contentsOfFile: gallery, encoding: .utf8).replacingOccurrences(of: "\"Ada\"", with: name)
    try text.write(toFile: gallery, atomically: true, encoding: .utf8)
    assertHarmless(try terminal("faces list --gallery g.json"))
    assertHarmless(try terminal("faces identify --gallery g.json '\(photo)'"), colours: true)
  }

  func testColours() throws {
    try copy("grey.jpg", as: "a.jpg")
    try Data("broken".utf8).write(to: folder.appendingPathComponent("b.jpg"))
    let arguments = "scan --cache off --model '\(ImgrecCLI.instantModel)' a.jpg b.jpg"
    let coloured = try terminal(arguments)
    XCTAssertTrue(coloured.contains("\u{1b}[31munknown_format"), coloured)
    XCTAssertTrue(coloured.contains("2 images: 1 ok, \u{1b}[31m1 failed (unknown format 1)\u{1b}[0m; "), coloured)
    for plain in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
      let text = try terminal(arguments, plain)
      XCTAssertFalse(text.contains("\u{1b}"), text)
      XCTAssertTrue(text.contains("2 images: 1 ok, 1 failed (unknown format 1); "), text)
    }
    let piped = try ImgrecCLI.run(scan + ["--format", "table", "a.jpg", "b.jpg"], folder: folder)
    XCTAssertFalse((piped.text + piped.err).contains("\u{1b}"))
  }

  func testTheTableFitsTheTerminal() throws {
    let deep = String(repeating: "folder/", count: 30)
    try FileManager.default.createDirectory(at: folder.appendingPathComponent(deep), withIntermediateDirectories: true)
    try copy("grey.jpg", as: deep + "end.jpg")
    let arguments = "scan -q --cache off --model '\(ImgrecCLI.instantModel)' ."
    for columns in [40, 80, 200] {
      let lines = try terminal(arguments, columns: columns, ["NO_COLOR": "1"]).split(whereSeparator: \.isNewline)
      XCTAssertEqual(lines.count, 2)
      XCTAssertTrue(lines.allSatisfy { $0.count <= columns }, "\(lines)")
      XCTAssertTrue(lines.last?.contains("/end.jpg") ?? false && lines.last?.contains("…") ?? false, "\(lines)")
    }
  }

  /// The bar is no wider than the terminal, and is erased before other lines.
  func testTheBar() throws {
    try ImgrecCLI.copies(200, in: folder)
    let text = try terminal(
      "scan --cache off --model '\(ImgrecCLI.instantModel)' --max-batch 1 --decoders 1 -o r.jsonl photos", columns: 40)
    for part in text.components(separatedBy: "\r\u{1b}[K") where !part.contains("\n") {
      XCTAssertLessThan(part.count, 40, part)
    }
    XCTAssertTrue(text.contains("200 images: 200 ok; "), text)
    let dumb = try terminal(
      "scan --cache off --model '\(ImgrecCLI.instantModel)' -o s.jsonl photos", ["TERM": "dumb"])
    XCTAssertFalse(dumb.contains("\r\u{1b}"), dumb)
  }
}
