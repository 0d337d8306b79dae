import Foundation
import XCTest

/// The systemd units of the package, by systemd's own tools, which need no running systemd.
final class ServiceUnitTests: XCTestCase {
  private static let units = ["imgrec-worker@.service", "imgrec-watch@.service"]
  private static let source = ImgrecCLI.root.appendingPathComponent(".ci/systemd")
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func text(_ unit: String) throws -> String {
    try String(contentsOf: Self.source.appendingPathComponent(unit), encoding: .utf8)
  }

  /// The values of a setting, in their order.
  private func values(_ setting: String, _ unit: String) throws -> [String] {
    try text(unit).split(separator: "\n").filter { $0.hasPrefix(setting + "=") }
      .map { String($0.dropFirst(setting.count + 1)) }
  }

  /// Copies the units with the executable under test, which the tools look for; skips the test without the tools.
  private func prepare() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze") else {
      throw XCTSkip("systemd-analyze is not installed (apt-get install systemd)")
    }
    for unit in Self.units {
      try text(unit).replacing("=/usr/bin/imgrec ", with: "=\(ImgrecCLI.binary.path) ")
        .write(to: folder.appendingPathComponent(unit), atomically: true, encoding: .utf8)
    }
  }

  private func analyze(_ words: String) throws -> ImgrecCLI.Result {
    try ImgrecCLI.shell("systemd-analyze --no-pager \(words)", folder: folder)
  }

  func testSystemdAcceptsThem() throws {
    try prepare()
    for unit in Self.units {
      let instance = unit.replacing("@", with: "@factory")
      let result = try analyze("verify --man=no --recursive-errors=no ./\(instance)")
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertFalse(result.err.contains(unit), "a warning: \(result.err)")
    }
  }

  /// The exposure of systemd's own scale: 0 none, 10 all.
  func testTheyAreHardened() throws {
    try prepare()
    for unit in Self.units {
      // Its name must be that of an instance.
      let instance = unit.replacing("@", with: "@factory")
      try FileManager.default.copyItem(
        at: folder.appendingPathComponent(unit), to: folder.appendingPathComponent(instance))
      let result = try analyze("security --offline=true ./\(instance)")
      let level = result.text.firstMatch(of: /Overall exposure level for [^:]*: ([0-9.]+)/).flatMap { Double($0.1) }
      XCTAssertLessThanOrEqual(try XCTUnwrap(level, result.text + result.err), 2.0, result.text)
    }
  }

  /// The commands of the units are ones that this executable has.
  func testTheirCommandsExist() throws {
    for unit in Self.units {
      let start = try XCTUnwrap(values("ExecStart", unit).first)
      let words = start.split(separator: " ").map(String.init)
      XCTAssertEqual(words.first, "/usr/bin/imgrec")
      let help = try ImgrecCLI.run([words[1], "--help"]).text + ImgrecCLI.run(["--help"]).text
      for word in words where word.hasPrefix("--") {
        XCTAssertTrue(help.contains(word), "\(unit): \(word)")
      }
    }
  }

  /// What the units promise about the end of a service: the time that it takes at most, and whom the signal reaches.
  func testTheEndOfAService() throws {
    for unit in Self.units {
      XCTAssertEqual(try values("KillSignal", unit), ["SIGTERM"])
      XCTAssertEqual(try values("KillMode", unit), ["mixed"])
      let seconds = try XCTUnwrap(values("TimeoutStopSec", unit).first.flatMap(Int.init))
      // Measured with a Redis that does not answer: 33.6 s, of which 30 s are to write records and 3 s to return items.
      XCTAssertGreaterThan(seconds, 40)
      XCTAssertEqual(try values("RestartPreventExitStatus", unit), ["64"])
      XCTAssertEqual(try values("Type", unit), ["notify"])
    }
  }

  /// The decoder processes take rights away from themselves by these calls; the filter of the unit must leave them.
  func testTheFilterLeavesTheSandboxOfDecoders() throws {
    let calls = ["seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]
    for unit in Self.units {
      let allowed = Set(try values("SystemCallFilter", unit)[0].split(separator: " ").map(String.init))
      XCTAssertTrue(allowed.isSuperset(of: calls), unit)
      XCTAssertEqual(try values("MemoryDenyWriteExecute", unit), [], "engines generate code")
    }
  }

  /// `make install` puts them where systemd looks, with the path of the executable.
  func testTheyAreInstalled() throws {
    let result = try ImgrecCLI.shell(
      "make -s -C '\(ImgrecCLI.root.path)' install-units DESTDIR='\(folder.path)/root' PREFIX=/opt/imgrec")
    XCTAssertEqual(result.status, 0, result.err)
    for unit in Self.units {
      let installed = folder.appendingPathComponent("root/opt/imgrec/lib/systemd/system/\(unit)")
      let text = try String(contentsOf: installed, encoding: .utf8)
      XCTAssertTrue(text.contains("ExecStart=/opt/imgrec/bin/imgrec "), text)
      XCTAssertFalse(text.contains("/usr/bin/imgrec"))
    }
  }
}
