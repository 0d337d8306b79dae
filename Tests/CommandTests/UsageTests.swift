import Foundation
import XCTest

/// Mistakes in the arguments: two lines, the first names the mistake, the second what to type.
final class UsageTests: XCTestCase {
  private static let folder = Result { () throws -> URL in
    let folder = try ImgrecCLI.temporaryFolder()
    let photos = folder.appendingPathComponent("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    let image = ImgrecCLI.fixtures.appendingPathComponent("images/grey.jpg")
    for name in ["photos/a.jpg", "-dash.jpg", "-old.jpg", "two words.jpg"] {
      try FileManager.default.copyItem(at: image, to: folder.appendingPathComponent(name))
    }
    return folder
  }

  override class func tearDown() {
    if let folder = try? folder.get() { try? FileManager.default.removeItem(at: folder) }
  }

  /// Checks that each command line ends with `status` and prints exactly two lines that contain `problem` and `advice`.
  private func check(_ cases: [(line: [String], problem: String, advice: String)], status: Int32 = 64) throws {
    let folder = try Self.folder.get()
    for (line, problem, advice) in cases {
      let result = try ImgrecCLI.run(line, folder: folder)
      let name = "imgrec " + line.joined(separator: " ")
      XCTAssertEqual(result.status, status, name)
      XCTAssertTrue(result.out.isEmpty, name)
      let lines = result.err.split(separator: "\n", omittingEmptySubsequences: false)
      XCTAssertEqual(lines.count, 3, "\(name): \(result.err)")
      XCTAssertEqual(lines.first.map(String.init), "imgrec: " + problem, name)
      XCTAssertTrue(lines.count > 1 && lines[1].contains(advice), "\(name): \(result.err)")
    }
  }

  func testCommands() throws {
    try check([
      (["scna"], "'scna' is not a command", "Did you mean scan? All commands: imgrec --help"),
      (["scna", "--help"], "'scna' is not a command", "Did you mean scan?"),
      (["help", "scna"], "'scna' is not a command", "Did you mean scan?"),
      (["models", "lst"], "'lst' is not a command of imgrec models", "Did you mean list?"),
      (["help", "models", "lst"], "'lst' is not a command of imgrec models", "Did you mean list?"),
      (["models", "yunet"], "'yunet' is not a command of imgrec models", "imgrec models info yunet"),
      (
        ["models", "help", "list"], "'help' is not a command of imgrec models", "Did you mean: imgrec help models list"
      ),
      (["queue", "statsu"], "'statsu' is not a command of imgrec queue", "Did you mean status?"),
      (["cache", "stat"], "'stat' is not a command of imgrec cache", "Did you mean stats?"),
      (["pull", "yunet"], "'pull' is not a command", "Did you mean imgrec models pull or imgrec engines pull?"),
      (["classify", "photos"], "'classify' is not a command", "Did you mean: imgrec scan --task classify photos"),
      (["version"], "'version' is not a command", "Did you mean: imgrec --version"),
      (["nonexistent"], "'nonexistent' is not a command", "imgrec scan PATH"),
      (["--verison"], "no command is named before --verison", "Did you mean --version?"),
    ])
    XCTAssertEqual(try ImgrecCLI.run([]).status, 0)
    XCTAssertTrue(try ImgrecCLI.run([]).text.contains("[--no-config] <subcommand>\n"))
    XCTAssertTrue(try ImgrecCLI.run(["help", "scan"]).text.contains("USAGE: imgrec scan"))
  }

  func testPathsWithoutACommand() throws {
    try check([
      (["photos"], "'photos' is not a command", "Did you mean: imgrec scan photos"),
      (["photos", "-o", "x.csv"], "'photos' is not a command", "Did you mean: imgrec scan photos -o x.csv"),
      (["two words.jpg"], "'two words.jpg' is not a command", "Did you mean: imgrec scan 'two words.jpg'"),
      (["none/such"], "'none/such' is not a command", "Did you mean: imgrec scan none/such"),
      (["*.jpg"], "'*.jpg' is not a command", "Did you mean: imgrec scan '*.jpg'"),
      (["-"], "no command is named", "Did you mean: imgrec scan -"),
      (["-m", "yolox_nano", "photos"], "no command is named", "Did you mean: imgrec scan -m yolox_nano photos"),
      (["--task", "faces", "photos"], "no command is named", "Did you mean: imgrec scan --task faces photos"),
      (["-v", "scan", "photos"], "-v stands before the command", "Did you mean: imgrec scan -v photos"),
      (["-dash.jpg"], "-dash.jpg is not a command", "Did you mean: imgrec scan -- -dash.jpg"),
    ])
    let secret = try ImgrecCLI.run(["--queue", "redis://user:secret@host/q", "photos"], folder: try Self.folder.get())
    XCTAssertFalse(secret.err.contains("secret"), secret.err)
  }

  func testOptions() throws {
    try check([
      (["scan", "--anotate", "x", "photos"], "unknown option --anotate", "Did you mean --annotate?"),
      (["scan", "--anotate"], "unknown option --anotate", "Did you mean --annotate?"),
      (["scan", "-x", "photos"], "unknown option -x", "All options: imgrec scan --help"),
      (["scan", "-vx", "photos"], "unknown option -x", "All options: imgrec scan --help"),
      (["scan", "photos", "--no-warmp"], "unknown option --no-warmp", "Did you mean --no-warmup?"),
      (["scan", "-model", "yunet", "photos"], "unknown option -model", "Did you mean --model?"),
      (["scan", "-model=yunet", "photos"], "unknown option -model", "Did you mean --model=yunet?"),
      (["scan", "--scale", "3", "photos"], "--scale is not an option of imgrec scan", "imgrec upscale"),
      (["scan", "--json", "photos"], "unknown option --json", "--format json"),
      (["scan", "--recursive", "photos"], "unknown option --recursive", "Folders are read with their folders"),
      (["scan", "-dash.jpg"], "-dash.jpg is read as an option", "./-dash.jpg, or -- before the paths"),
      (["scan", "photos", "-old.jpg"], "-old.jpg is read as an option", "./-old.jpg, or -- before the paths"),
      (["scan", "-none.jpg"], "-none.jpg is read as an option", "./-none.jpg, or -- before the paths"),
      (["scan", "photos", "--top"], "--top needs a value", "--top <n>: Number of classes"),
      (["scan", "--limit", "-3", "photos"], "--limit: '-3' is negative", "--limit <n>:"),
      (["scan", "-o", "-v", "photos"], "-o needs a value, but -v follows", "<file>:"),
      (["scan", "-o", "-x.csv", "photos"], "-o needs a value, but -x.csv follows", "--output=-x.csv"),
      (["scan", "-o", "", "photos"], "-o: '' is empty", "Name a value"),
      (["scan", "--model=", "photos"], "--model: '' is empty", "Name a value"),
      (["scan", ""], "an argument is empty ('')", "Name a value"),
      (["scan", "--quiet=3", "photos"], "--quiet takes no value, but has '3'", "Write --quiet alone"),
      (["upscale", "photos"], "upscale needs --output <path>", "--output <path>: Output folder"),
      (["submit", "photos"], "submit needs --queue <url>", "--queue <url>: URL of the queue"),
      (["scan"], "no image or folder is named", "Name one"),
      (["schema", "photos"], "unexpected argument: 'photos'", "imgrec schema --help"),
    ])
  }

  func testValues() throws {
    try check([
      (["scan", "--task", "fases", "photos"], "--task: 'fases' is not a task", "Did you mean faces?"),
      (["scan", "--task", "xyz", "photos"], "--task: 'xyz' is not a task", "The tasks are classify, faces"),
      (["scan", "--task", "upscale", "p"], "--task: upscale is a command, not a task of scan", "imgrec upscale"),
      (["models", "pull", "--task", "fases"], "--task: 'fases' is not a task", "Did you mean faces?"),
      (["scan", "--engine", "openvno", "p"], "--engine: 'openvno' is not an engine", "imgrec engines list"),
      (
        ["engines", "pull", "opnvino"], "<engines>: 'opnvino' is not an engine that can be fetched",
        "openvino or openvino-gpu?"
      ),
      (["scan", "--format", "jsn", "photos"], "--format: 'jsn' is not one of its values", "Did you mean json?"),
      (["scan", "--format", "xml", "photos"], "--format: 'xml' is not one of its values", "It takes jsonl, json, csv"),
      (["scan", "--precision", "bf61", "p"], "--precision: 'bf61' is not one of its values", "Did you mean bf16?"),
      (["scan", "--pages", "al", "p"], "--pages: 'al' is not one of its values", "Did you mean all?"),
      (["scan", "--progress", "brr", "p"], "--progress: 'brr' is not one of its values", "bar"),
      (["upscale", "--on-exists", "skp", "p", "-o", "x"], "--on-exists: 'skp' is not one of its values", "skip?"),
      (["similar", "--hash", "fash", "p"], "--hash: 'fash' is not one of its values", "Did you mean phash?"),
      (["scan", "--cache", "of", "photos"], "--cache: 'of' is not a cache", "Did you mean off?"),
      (["scan", "--memory", "512", "photos"], "--memory: '512' is only 512 bytes", "Did you mean 512M?"),
      (["upscale", "--memory", "2", "p", "-o", "x"], "--memory: '2' is only 2 bytes", "Did you mean 2G?"),
      (["scan", "--max-file-size", "100", "p"], "--max-file-size: '100' is only 100 bytes", "Did you mean 100M?"),
      (["scan", "--max-pixels", "50", "p"], "--max-pixels: '50' is only 50 pixels", "Did you mean 50M?"),
      (
        ["scan", "--timeout", "2h30", "p"], "--timeout: '2h30' is not a time such as 30s, 500ms or 5m",
        "--timeout <time>"
      ),
      (
        ["worker", "--queue", "redis://h/q", "--lease", "2h"], "--lease: '2h' is not a time from 500ms to 1h", "--lease"
      ),
      (
        ["cache", "prune", "--max-age", "0"], "--max-age: '0' is not a time from 1s to 36500d", "a number alone is days"
      ),
      (["cache", "prune", "--max-size", "2"], "--max-size: '2' is only 2 bytes", "Did you mean 2G?"),
      (
        ["scan", "--min-confidence", "50", "p"], "--min-confidence: '50' is not a number from 0 to 1, or a percentage",
        "50%?"
      ),
      (
        ["scan", "--threads", "1e9", "p"], "--threads: '1e9' has an exponent, and is not a whole number from 1 to 256",
        "n>"
      ),
      (["cache", "--fil", "x"], "unknown option --fil", "Did you mean --file? All options: imgrec cache stats --help"),
      (["models", "pull"], "no network is named", "imgrec models pull yunet"),
      (["scan", "-m", "a,,b", "photos"], "-m: 'a,,b' has an empty element", "a,b"),
    ])
    try check(
      [
        (["scan", "-m", "yolox_nan", "photos"], "unknown model \"yolox_nan\"", "Did you mean yolox_nano? All models:"),
        (["scan", "-myolox_nan", "photos"], "unknown model \"yolox_nan\"", "Did you mean yolox_nano?"),
        (["models", "info", "yolox_nan"], "unknown model \"yolox_nan\"", "imgrec models list"),
        (["scan", "--fallback", "yunet,sface", "photos"], "unknown model \"yunet,sface\"", "One name is expected."),
        (["models", "pull", "yunet,yolox_nan"], "unknown model \"yolox_nan\"", "imgrec models list"),
        (
          ["upscale", "-m", "edsr_x9", "photos", "-o", "x"], "unknown model \"edsr_x9\"",
          "Did you mean edsr_x2, edsr_x3"
        ),
      ], status: 2)
  }

  /// An escape sequence in an argument is printed, not obeyed.
  func testControlCharacters() throws {
    let result = try ImgrecCLI.run(["scan", "--format", "\u{1B}[31mred", "photos"])
    XCTAssertEqual(result.status, 64)
    XCTAssertFalse(result.err.contains("\u{1B}"))
  }

  func testFormsOfOptions() throws {
    let folder = try Self.folder.get()
    for line in [
      ["scan", "--", "-dash.jpg"], ["scan", "./-dash.jpg"], ["scan", "--limit=1", "photos"],
      ["scan", "--limit", "10k", "photos"],
    ] {
      let result = try ImgrecCLI.run(line + (line.contains("--") ? [] : ["--dry-run"]), folder: folder)
      XCTAssertFalse(result.status == 64, "\(line): \(result.err)")
      XCTAssertFalse(result.out.isEmpty, "\(line): \(result.err)")
    }
    for option in [["-oout1.txt"], ["-o", "out2.txt"], ["-o=out3.txt"], ["--output=out4.txt"]] {
      let result = try ImgrecCLI.run(["scan", "--dry-run", "photos"] + option, folder: folder)
      XCTAssertEqual(result.status, 0, "\(option): \(result.err)")
      XCTAssertTrue(result.out.isEmpty, "\(option)")
    }
  }

  /// Options that take a list: commas, spaces after them and repetition; duplicates count once.
  func testListsAddUp() throws {
    try ImgrecCLI.pull("yunet", "yolox_nano")
    let folder = try Self.folder.get()
    for options in [
      ["--task", "detect,faces"], ["--task", "detect, faces"], ["--task", "detect", "--task", "faces"],
      ["--task=detect", "--task=faces,detect"], ["-m", "yolox_nano,yunet"], ["-m", "yolox_nano, yunet"],
      ["-m", "yolox_nano", "-m", "yunet", "-m", "yunet"], ["-m=yolox_nano", "-myunet"],
      ["-m", "yolox_nano", "--task", "faces,detect"],
    ] {
      let result = try ImgrecCLI.run(["scan", "-q", "--cache", "off", "photos"] + options, folder: folder)
      XCTAssertEqual(result.status, 0, "\(options): \(result.err)")
      let record = try XCTUnwrap(result.records().first, "\(options)")
      XCTAssertNotNil(record["detect"], "\(options)")
      XCTAssertNotNil(record["faces"], "\(options)")
    }
    // The name of a file that exists is not split.
    let card = ImgrecCLI.instantModel.replacing(".onnx", with: ".json")
    for (source, name) in [(ImgrecCLI.instantModel, "a,b.onnx"), (card, "a,b.json")] {
      try FileManager.default.copyItem(atPath: source, toPath: folder.appendingPathComponent(name).path)
    }
    let result = try ImgrecCLI.run(["scan", "-q", "--cache", "off", "photos", "-m", "a,b.onnx"], folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    for labels in [
      ["--labels", "person,traffic light"], ["--labels", "person", "--labels", " traffic light ,person"],
    ] {
      let result = try ImgrecCLI.run(
        ["scan", "-q", "--cache", "off", "-m", "yolox_nano", "photos"] + labels, folder: folder)
      XCTAssertEqual(result.status, 0, "\(labels): \(result.err)")
    }
  }
}
