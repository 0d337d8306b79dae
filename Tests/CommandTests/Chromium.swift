import Foundation
import XCTest

/// Debian's Chromium without a window, driven by Tests/Support/browse.py.
enum Chromium {
  /// What the steps returned, what the browser complained of, and what it loaded.
  struct Result {
    var results: [Any]
    var errors: [String]
    var requests: [String]

    func text(_ index: Int) -> String { results[index] as? String ?? "\(results[index])" }
    func number(_ index: Int) -> Int { (results[index] as? NSNumber)?.intValue ?? -1 }
  }

  /// Opens a page and takes `steps` in it; browse.py describes them.
  ///
  /// Skips the test where Chromium is not installed.
  static func browse(
    _ page: URL, width: Int = 1280, dark: Bool = false, script: Bool = true, fragment: String = "",
    _ steps: [[String: String]]
  ) throws -> Result {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium") else {
      throw XCTSkip("chromium is not installed; make test installs it")
    }
    let open: [String: Any] = ["open": ["width": width, "height": 900, "dark": dark, "script": script]]
    let input = try JSONSerialization.data(withJSONObject: [open] + steps)
    let scratch = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: scratch) }
    let (read, written) = (scratch.appendingPathComponent("in"), scratch.appendingPathComponent("out"))
    try input.write(to: read)
    _ = FileManager.default.createFile(atPath: written.path, contents: nil)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", ImgrecCLI.root.appendingPathComponent("Tests/Support/browse.py").path, page.absoluteString + fragment,
    ]
    process.standardInput = try FileHandle(forReadingFrom: read)
    process.standardOutput = try FileHandle(forWritingTo: written)
    try process.run()
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, 0, "browse.py failed: its message is above")
    let answer = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(contentsOf: written)) as? [String: Any])
    return Result(
      results: try XCTUnwrap(answer["results"] as? [Any]), errors: try XCTUnwrap(answer["errors"] as? [String]),
      requests: try XCTUnwrap(answer["requests"] as? [String]))
  }
}
