import Foundation
import XCTest

/// README and manual: their commands run, their samples are what imgrec prints, their links lead somewhere.
final class DocumentationTests: XCTestCase {
  private static let manual = ImgrecCLI.root.appendingPathComponent("Sources/imgrec/Documentation.docc")

  /// A page of the documentation.
  private struct Page {
    var url: URL
    var text: String

    /// A command line of a `sh` or `console` block, and the lines of sample output below it.
    struct Command {
      var line: String
      var sample: [String] = []
    }

    /// Command lines: all of a `sh` block, those with a prompt of a `console` block.
    var commands: [Command] {
      var commands: [Command] = []
      var block: Substring?
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("```") {
          block = block == nil ? line.dropFirst(3) : nil
        } else if block == "sh", !line.isEmpty, !line.hasPrefix("#") {
          commands.append(Command(line: String(line)))
        } else if block == "console" {
          if line.hasPrefix("$ ") {
            commands.append(Command(line: String(line.dropFirst(2))))
          } else {
            commands[commands.count - 1].sample.append(String(line))
          }
        }
      }
      return commands
    }
  }

  private func pages() throws -> [Page] {
    let root = ImgrecCLI.root
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.manual.path).filter { $0.hasSuffix(".md") }
    let urls =
      ["README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"].map(root.appendingPathComponent)
      + names.sorted().map(Self.manual.appendingPathComponent)
    return try urls.map { Page(url: $0, text: try String(contentsOf: $0, encoding: .utf8)) }
  }

  /// Splits a line at `|` outside of quotes.
  private func pipeline(_ line: String) -> [String] {
    var (parts, quote) = ([""], Character?.none)
    for character in line {
      if quote == nil, character == "|" {
        parts.append("")
        continue
      }
      if character == quote {
        quote = nil
      } else if quote == nil, character == "'" || character == "\"" {
        quote = character
      }
      parts[parts.count - 1].append(character)
    }
    return parts.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// Commands that are run with `--help` only, by a word of the line, with the reason. Their flags are checked.
  private static let notRun = [
    ("--watch", "does not end"), ("--listen", "the port of the example may be in use"), ("pull", "downloads"),
    ("quantise", "takes long and downloads"), ("bench", "takes long"),
    ("redis:", "needs a server at the address of the example"),
    ("best.onnx", "a network of the reader's own"), ("own.onnx", "a network of the reader's own"),
    ("yolov8n", "a network of the reader's own"), ("--precision int8", "needs a quantised network"),
    ("models verify", "reads every model"), ("make", "a target of the Makefile"),
    ("scans.pdf", "a file of the reader's own"), ("video.mp4", "a file of the reader's own"),
  ]

  /// Commands that read records.
  private static let readers = ["sort", "report", "tag", "anonymise", "search", "drift"]

  private func isRun(_ line: String) -> Bool {
    !Self.notRun.contains { word, _ in line.contains(word) }
  }

  // MARK: Tests

  func testFlagsOfEveryCommandExist() throws {
    var helps: [[String]: String] = [:]
    func help(_ command: [String]) throws -> String {
      if let text = helps[command] { return text }
      let result = try ImgrecCLI.run(command + ["--help"])
      XCTAssertEqual(result.status, 0, "imgrec \(command.joined(separator: " ")): \(result.err)")
      helps[command] = result.text
      return result.text
    }
    var count = 0
    for page in try pages() {
      for command in page.commands {
        for part in pipeline(command.line) where part.hasPrefix("imgrec ") {
          let words = part.split(separator: " ").dropFirst().map(String.init)
          let groups = ["models", "engines", "cache", "faces", "queue"]
          var path = [words[0]]
          if groups.contains(words[0]), words.count > 1, !words[1].hasPrefix("-") { path.append(words[1]) }
          // Those of `imgrec` itself are options of every command.
          let flags = try (help(path) + help([])).split { !($0.isLetter || $0.isNumber || $0 == "-") }
          for word in words where word.hasPrefix("-") && word != "-" {
            // `-0` and `-` aside, a word that begins with a dash is a flag; its value may follow a `=`.
            let flag = word.split(separator: "=")[0]
            XCTAssertTrue(flags.contains(flag), "\(page.url.lastPathComponent): \(flag) in: \(command.line)")
          }
          count += 1
        }
      }
    }
    XCTAssertGreaterThan(count, 90)
  }

  func testCommandsRunAndSamplesAreWhatTheyPrint() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull(
      "efficientnet_lite0", "efficientnet_lite0_160", "efficientnet_lite2", "mobilenet_v2", "mobilenet_v2_features",
      "yunet", "yolox_nano",
      "u2netp", "ssd_mobilenet_v3", "sface", "ppocr_v6_det", "ppocr_cls", "ppocr_v6_rec", "age_net", "gender_net")
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (data, engines) = (folder.appendingPathComponent("data/imgrec"), try enginesFolder())
    let environment = [
      "XDG_CACHE_HOME": folder.appendingPathComponent("cache").path,
      "XDG_DATA_HOME": folder.appendingPathComponent("data").path,
    ]
    var count = 0
    for page in try pages() {
      // A gallery and cached answers for a page, compiled networks for all; each line has its own files.
      let answers = ["", "-shm", "-wal"].map { "cache/imgrec/results.sqlite\($0)" }
      for old in ["data"] + answers { try? FileManager.default.removeItem(at: folder.appendingPathComponent(old)) }
      try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        at: data.appendingPathComponent("engines"), withDestinationURL: engines)
      for command in page.commands where command.line.contains("imgrec ") {
        guard isRun(command.line) else {
          for part in pipeline(command.line) where part.hasPrefix("imgrec ") {
            let result = try ImgrecCLI.shell(part + " --help", folder: folder, environment: environment)
            XCTAssertEqual(result.status, 0, "\(page.url.lastPathComponent): \(part) --help\n\(result.err)")
            XCTAssertTrue(result.text.contains("USAGE: imgrec"), "\(part) --help\n\(result.text)")
          }
          continue
        }
        let place = folder.appendingPathComponent("\(count)")
        try prepare(place, from: photos, withBrokenFile: command.sample.isEmpty)
        // The records that an earlier line writes.
        for (records, tasks) in [
          ("records.jsonl", "classify,faces"), ("faces.jsonl", "faces"), ("plates.jsonl", "plates,faces"),
          ("vectors.jsonl", "embed"), ("baseline.jsonl", "classify,quality"), ("today.jsonl", "classify,quality"),
        ]
        where Self.readers.contains(where: { command.line.contains("imgrec \($0) ") }) && command.line.contains(records)
        {
          let scan = try ImgrecCLI.shell(
            "imgrec scan -q --task \(tasks) photos -o \(records)", folder: place, environment: environment)
          XCTAssertTrue([0, 1].contains(scan.status), scan.err)
        }
        let parts = pipeline(command.line).map { $0.hasPrefix("imgrec upscale") ? $0 + " --dry-run" : $0 }
        let runs = parts.filter { $0 != "display" }.joined(separator: " | ")
        let result = try ImgrecCLI.shell("set -o pipefail; " + runs, folder: place, environment: environment)
        let name = "\(page.url.lastPathComponent): \(command.line)"
        // 1: an input failed, as the broken file does.
        XCTAssertTrue([0, 1].contains(result.status), "\(name): exit code \(result.status)\n\(result.err)")
        XCTAssertFalse(result.err.contains("jq:"), "\(name)\n\(result.err)")
        if parts.contains(where: { $0.hasPrefix("jq ") }), !command.line.contains("\"error\"") {
          XCTAssertFalse(result.text.contains("broken.jpg"), "\(name): a failed record passes the filter")
        }
        let printed = Set(result.text.split(separator: "\n").map { shape(String($0)) })
        for line in command.sample {
          XCTAssertTrue(printed.contains(shape(line)), "\(name): does not print: \(line)\nbut:\n\(result.text)")
        }
        try FileManager.default.removeItem(at: place)
        count += 1
      }
    }
    XCTAssertGreaterThan(count, 70)
  }

  func testLinksAndMakeTargetsExist() throws {
    let root = ImgrecCLI.root
    let makefiles = try ["Makefile", ".ci/packaging.mk", "Tests/Benchmarks/benchmarks.mk", "Tests/Fuzz/fuzz.mk"].map {
      try String(contentsOf: root.appendingPathComponent($0), encoding: .utf8)
    }
    let rules = makefiles.joined(separator: "\n").split(separator: "\n")
    for page in try pages() {
      // Names former targets too.
      let isChanges = page.url.lastPathComponent == "Changes.md"
      for match in page.text.matches(of: /\]\(([^)#]+)(#[^)]*)?\)/) where !match.1.contains("://") {
        let target = page.url.deletingLastPathComponent().appendingPathComponent(String(match.1))
        XCTAssertTrue(
          FileManager.default.fileExists(atPath: target.path), "\(page.url.lastPathComponent) links to \(match.1)")
      }
      for match in page.text.matches(of: /`make ([a-z-]+)[^`]*`/) where !isChanges {
        XCTAssertTrue(
          rules.contains { $0.hasPrefix("\(match.1):") }, "\(page.url.lastPathComponent): no target \(match.1)")
      }
    }
  }

  func testTheReadmeIsShort() throws {
    XCTAssertLessThanOrEqual(try Data(contentsOf: ImgrecCLI.root.appendingPathComponent("README.md")).count, 10_000)
  }

  // MARK: -

  /// The engines that `engines pull` has installed.
  ///
  /// Skips the test if ONNX Runtime, which reads text, is not among them.
  private func enginesFolder() throws -> URL {
    let environment = ProcessInfo.processInfo.environment
    let data =
      environment["XDG_DATA_HOME"].map(URL.init(fileURLWithPath:))
      ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".local/share")
    let engines = data.appendingPathComponent("imgrec/engines")
    guard FileManager.default.fileExists(atPath: engines.appendingPathComponent("onnxruntime").path) else {
      throw XCTSkip("ONNX Runtime is not installed (imgrec engines pull onnxruntime)")
    }
    return engines
  }

  /// Creates a folder with the files that the documentation names.
  private func prepare(_ place: URL, from photos: URL, withBrokenFile: Bool) throws {
    let files = FileManager.default
    for folder in ["photos", "scans"] {
      try files.createDirectory(at: place.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    for photo in try files.contentsOfDirectory(at: photos, includingPropertiesForKeys: nil) {
      try files.copyItem(at: photo, to: place.appendingPathComponent("photos/\(photo.lastPathComponent)"))
    }
    for (copy, photo) in [
      ("ada1.jpg", "astronaut.png"), ("ada2.jpg", "astronaut.png"), ("photo.jpg", "rocket.jpg"),
      ("scans/page.jpg", "bus.jpg"),
    ] {
      try files.copyItem(at: photos.appendingPathComponent(photo), to: place.appendingPathComponent(copy))
    }
    if withBrokenFile {
      for folder in ["photos", "scans"] {
        try Data("not an image".utf8).write(to: place.appendingPathComponent("\(folder)/broken.jpg"))
      }
    }
  }

  /// A line without what differs between engines and terminals: its numbers and the width of its columns.
  private func shape(_ line: String) -> String {
    line.replacing(/[0-9]+(\.[0-9]+)?/, with: "0").replacing(/\s+/, with: " ")
  }
}
