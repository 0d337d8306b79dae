import Foundation
import TestSupport
import XCTest

/// imgrec.toml, profiles and variables: what is typed is the strongest, and a mistake is named with its file.
final class ConfigurationTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try ImgrecCLI.copies(2, in: folder)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func write(_ text: String, to name: String = "imgrec.toml") throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func imgrec(_ arguments: String..., environment: [String: String] = [:]) throws -> ImgrecCLI.Result {
    let home = ["XDG_CONFIG_HOME": folder.appendingPathComponent("config").path]
    return try ImgrecCLI.run(arguments, environment: home.merging(environment) { $1 }, folder: folder)
  }

  private var model: String { "model = \"\(ImgrecCLI.instantModel)\"\n" }

  /// First line of each source's run; a table's first column is the path.
  private func firstLine(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
    let home = ["XDG_CONFIG_HOME": folder.appendingPathComponent("config").path]
    let result = try ImgrecCLI.run(
      ["scan", "-q", "photos"] + arguments, environment: home.merging(environment) { $1 }, folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    return result.text.split(separator: "\n").first.map(String.init) ?? ""
  }

  func testTypedThenVariablesThenFiles() throws {
    try write("[scan]\n\(model)format = \"table\"\n", to: "config/imgrec/imgrec.toml")
    XCTAssertTrue(try firstLine().hasPrefix("PATH"), "the folder of settings")
    try write("format = \"paths\"\n[upscale]\nscale = 2\n")
    XCTAssertEqual(try firstLine(), "photos/0.jpg", "the current folder is stronger")
    XCTAssertTrue(try firstLine(environment: ["IMGREC_SCAN_FORMAT": "csv"]).hasPrefix("path,status"))
    XCTAssertTrue(try firstLine("--format", "jsonl", environment: ["IMGREC_SCAN_FORMAT": "csv"]).hasPrefix("{"))
    try write("[scan]\n\(model)format = \"csv\"\n", to: "own.toml")
    XCTAssertTrue(try firstLine("--config", "own.toml").hasPrefix("path,status"), "in place of both")
    XCTAssertTrue(try firstLine(environment: ["IMGREC_CONFIG": "own.toml"]).hasPrefix("path,status"))
    XCTAssertTrue(try firstLine("--no-config", "-m", ImgrecCLI.instantModel).hasPrefix("{"))
  }

  func testAProfileIsStrongerThanItsFile() throws {
    try write("[scan]\n\(model)format = \"csv\"\n[profile.day]\nformat = \"paths\"\n[profile.night.scan]\nlimit = 1\n")
    XCTAssertTrue(try firstLine().hasPrefix("path,status"))
    XCTAssertEqual(try firstLine("--profile", "day"), "photos/0.jpg")
    XCTAssertEqual(try firstLine(environment: ["IMGREC_PROFILE": "day"]), "photos/0.jpg")
    XCTAssertEqual(
      try imgrec("scan", "-q", "--profile=night", "--format", "paths", "photos").text, "photos/0.jpg\n")
    let none = try imgrec("scan", "photos", "--profile", "dai")
    XCTAssertEqual(none.status, 64)
    XCTAssertEqual(none.err, "imgrec: no profile is named dai\nDid you mean day?\n")
  }

  func testPathsAndAlternatives() throws {
    try write("[scan]\n\(model)paths = [\"photos\"]\nformat = \"paths\"\nquiet = true\n")
    XCTAssertEqual(try imgrec("scan").text, "photos/0.jpg\nphotos/1.jpg\n")
    XCTAssertEqual(try imgrec("scan", "photos/1.jpg").text, "photos/1.jpg\n")
    try write("photos/0.jpg\n", to: "list")
    XCTAssertEqual(try imgrec("scan", "--files-from", "list").text, "photos/0.jpg\n")
    // A task that is typed replaces the model of the file.
    let help = try imgrec("scan", "--task", "quality")
    XCTAssertEqual(help.status, 0, help.err)
    XCTAssertEqual(help.text, "photos/0.jpg\nphotos/1.jpg\n")
  }

  func testConfigPrintsWhatHolds() throws {
    try write("min-confidence = 0.25\n[scan]\nglob = [\"*.jpg\", \"a\\\"b\"]\n[models.pull]\nall = true\n")
    let scan = try imgrec("config", "scan", environment: ["IMGREC_SCAN_TOP": "3"])
    XCTAssertEqual(
      scan.text,
      """
      [scan]
      glob = ["*.jpg", "a\\"b"]  # imgrec.toml
      min-confidence = 0.25  # imgrec.toml
      top = 3  # IMGREC_SCAN_TOP

      """, scan.err)
    let all = try imgrec("config")
    XCTAssertTrue(all.text.contains("[models.pull]\nall = true  # imgrec.toml\n"), all.text)
    // What it prints is a file of the same settings.
    try write(all.text, to: "copy.toml")
    let copy = try imgrec("config", "--config", "copy.toml")
    XCTAssertEqual(copy.text, all.text.replacingOccurrences(of: "# imgrec.toml", with: "# copy.toml"), copy.err)
    try write("[submit]\nqueue = \"redis://me:secret@host/q\"\n")
    XCTAssertTrue(try imgrec("config").text.contains("redis://***@host/q"))
    let none = try imgrec("config", "--no-config")
    XCTAssertEqual([none.status, Int32(none.text.count)], [0, 0])
  }

  func testMistakesNameTheFile() throws {
    for (text, status, problem, advice) in [
      ("[scan]\nmodle = \"x\"\n", 64, "imgrec scan has no option modle", "Did you mean model?"),
      ("modle = \"x\"\n", 64, "no command has the option modle", "Did you mean model?"),
      ("[scn]\nmodel = \"x\"\n", 64, "[scn] is no command", "Did you mean scan?"),
      ("[models]\nall = true\n", 64, "[models] is a group of commands", "Name one: [models."),
      ("[scan]\nmodel =\n", 2, "line 2", "Settings are TOML"),
      ("[scan]\ntop = 2024-01-01\n", 64, "top has a value that no option takes", "text, numbers"),
      ("[scan]\nquiet = \"loud\"\n", 64, "[scan] quiet takes no value", "quiet = true"),
      ("[scan]\non-exists = \"overwrite\"\n", 64, "on-exists cannot be overwrite", "Type --on-exists overwrite"),
      ("[scan]\nmin-confidence = 7\n", 64, "--min-confidence: '7'", "imgrec config shows where"),
      ("profile = 1\n", 64, "profile is no table", "[profile.NAME]"),
    ] as [(String, Int32, String, String)] {
      try write(text)
      let result = try imgrec("scan", "photos")
      XCTAssertEqual(result.status, status, text + result.err)
      XCTAssertEqual(result.text, "")
      XCTAssertTrue(result.err.contains(problem) && result.err.contains(advice), text + result.err)
      if status == 2 || !text.contains("= 7") { XCTAssertTrue(result.err.contains("imgrec.toml"), result.err) }
    }
    try write("[profile.other.scan]\nmodle = 1\n")
    XCTAssertEqual(try imgrec("config").status, 64, "config checks what is not used, too")
    XCTAssertEqual(try imgrec("scan", "--help").status, 0, "help is not refused for a setting")
    let variable = try imgrec("scan", "photos", environment: ["IMGREC_SCAN_TPO": "1", "IMGREC_CONFIG": "none"])
    XCTAssertEqual(variable.status, 2, "the file that is named comes first")
    XCTAssertTrue(variable.err.contains("none: No such file"), variable.err)
  }

  func testAFileOfAnotherUserIsNotRead() throws {
    try write("[scan]\n\(model)format = \"paths\"\n")
    chmod(folder.appendingPathComponent("imgrec.toml").path, 0o666)
    let found = try imgrec("scan", "-q", "-m", ImgrecCLI.instantModel, "photos")
    XCTAssertTrue(found.text.hasPrefix("{"), found.text)
    XCTAssertTrue(found.err.contains("imgrec.toml is not read, because every user can write it"), found.err)
    XCTAssertEqual(try firstLine("--config", "imgrec.toml"), "photos/0.jpg", "one that is named is read")
    XCTAssertTrue(try firstLine("--no-config", "-m", ImgrecCLI.instantModel).hasPrefix("{"))
  }
}
