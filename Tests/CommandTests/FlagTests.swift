import XCTest

/// Every flag's bad value ends with status 64 and a message that names the flag or the value.
final class FlagTests: XCTestCase {
  func testBadValues() throws {
    let cases: [(flag: String, value: String, says: String)] = [
      ("--max-depth", "0", "'0' is not a whole number of at least 1"),
      ("--max-depth", "deep", "deep"),
      ("--limit", "-3", "limit"),
      ("--limit", "1.5", "1.5"),
      ("--task", "clasify", "'clasify' is not a task"),
      ("--task", "classify,,faces", "'classify,,faces' has an empty element"),
      ("--engine", "tensorrt", "tensorrt"),
      ("--min-confidence", "1.5", "'1.5' is not a number from 0 to 1"),
      ("--min-confidence", "nan", "nan"),
      ("--top", "0", "'0'"),
      ("--iou", "2", "'2'"),
      ("--decoders", "0", "'0' is not a whole number from 1 to 1024"),
      ("--instances", "many", "many"),
      ("--threads", "1000000", "1000000"),
      ("--max-batch", "0", "'0'"),
      ("--batch-pixels", "24MB", "24MB"),
      ("--batch-pixels", "0", "'0' is not a number of pixels such as 24M"),
      ("--memory", "lots", "'lots' is not a size such as 512M or 1G"),
      ("--memory", "1Q", "1Q"),
      ("--timeout", "0", "'0'"),
      ("--timeout", "inf", "inf"),
      ("--max-pixels", "-1", "max-pixels"),
      ("--max-file-size", "", "''"),
      ("--max-scans", "0", "'0'"),
      ("--max-warnings", "x", "'x'"),
      ("--format", "xml", "xml"),
      ("--order", "random", "random"),
      ("--max-failures", "110%", "'110%' is neither a number of images nor a percentage such as 5%"),
      ("--max-failures", "few", "few"),
      ("--progress", "dots", "dots"),
      ("--log-format", "xml", "xml"),
    ]
    for (flag, value, says) in cases {
      let result = try ImgrecCLI.run(["scan", "/nowhere", flag, value])
      XCTAssertEqual(result.status, 64, "\(flag) \(value)")
      XCTAssertTrue(result.err.contains(says), "\(flag) \(value) says: \(result.err)")
      XCTAssertTrue(result.out.isEmpty)
    }
  }

  func testFlagsThatContradict() throws {
    for flags in [
      ["--fail-fast", "--max-failures", "3"], ["-q", "-v"],
      ["--card", "a.json"], ["--no-such-flag"],
    ] {
      XCTAssertEqual(try ImgrecCLI.run(["scan", "/nowhere"] + flags).status, 64, "\(flags)")
    }
  }

  func testVersionAndHelp() throws {
    let version = try ImgrecCLI.run(["--version"])
    XCTAssertEqual(version.status, 0)
    XCTAssertTrue(version.text.hasPrefix("imgrec "))
    let help = try ImgrecCLI.run(["scan", "--help"])
    XCTAssertEqual(help.status, 0)
    XCTAssertTrue(help.text.contains("--batch-pixels"))
  }
}
