import Foundation
import RedisTestSupport
import XCTest

/// The worker's unit run by a real systemd: process 1 of namespaces of its own (Tests/Support/run_units.sh).
final class ServiceRunTests: XCTestCase {
  func testAWorkerUnderSystemd() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try RedisServer()
    let script = ImgrecCLI.root.appendingPathComponent("Tests/Support/run_units.sh").path
    let result = try ImgrecCLI.shell(
      "bash '\(script)' '\(ImgrecCLI.binary.path)' \(server.port) '\(folder.path)/units'", folder: folder)
    if result.status == 77 { throw XCTSkip("systemd cannot be run here: \(result.err)") }
    XCTAssertEqual(
      result.text.split(separator: "\n").map(String.init),
      [
        // It waits for its queue, and is up.
        "start: active",
        "uid: not root", "capabilities: 0000000000000000",
        // With a second seccomp filter and Landlock of their own.
        "decoder NoNewPrivs: 1", "decoder Seccomp: 2",
        // No line "written": all of these are read-only.
        "ok: 5", "stop: ExecMainStatus=0 Result=success",
        // Mistakes are not tried again.
        "mistake: ExecMainStatus=64 SubState=failed",
      ], result.err)
  }
}
