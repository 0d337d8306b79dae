import Foundation
import XCTest

/// Damaged files of every format: libraries print nothing, whatever they meet.
final class SilentLibraryTests: XCTestCase {
  private static let ours = ["imgrec: ", "ignored: ", "imgrec upscale: "]

  /// Copies of `source` with bytes changed at random places, and cut; the same in each run.
  private func damaged(_ source: Data, _ seed: UInt64) -> [Data] {
    var state = seed
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(1, limit)
    }
    var files = [source.prefix(source.count / 2), source.prefix(max(1, source.count - 7)), source.prefix(40)].map {
      Data($0)
    }
    for count in [1, 4, 32] {
      for _ in 0..<3 {
        var copy = source
        for _ in 0..<count { copy[next(copy.count)] = UInt8(next(256)) }
        files.append(copy)
        // The head, where lengths and sizes are.
        var head = source
        for _ in 0..<count { head[8 + next(min(head.count - 8, 200))] = UInt8(next(256)) }
        files.append(head)
      }
    }
    return files
  }

  func testDamagedFilesPrintNothingOfTheLibraries() throws {
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let images = try FileManager.default.contentsOfDirectory(
      at: ImgrecCLI.fixtures.appendingPathComponent("images"), includingPropertiesForKeys: nil)
    var count = 0
    for (n, image) in images.sorted(by: { $0.path < $1.path }).enumerated() {
      let source = try Data(contentsOf: image)
      guard source.count > 64, source.count < 1 << 20 else { continue }
      for (m, data) in damaged(source, UInt64(n + 1)).enumerated() {
        try data.write(to: folder.appendingPathComponent("\(n)_\(m).\(image.pathExtension)"))
        count += 1
      }
    }
    XCTAssertGreaterThan(count, 500)
    // In decoder processes, and in the process itself.
    for isolation in ["on", "off"] {
      let scan = try ImgrecCLI.run(
        [
          "scan", "--cache", "off", "--model", ImgrecCLI.instantModel, "--pages", "all", "-o", "/dev/null", folder.path,
        ],
        environment: ["IMGREC_ISOLATION": isolation])
      assertOurs(scan.err)
    }
    let pictures = try ImgrecCLI.run([
      "scan", "--cache", "off", "--model", ImgrecCLI.instantModel, "--annotate", folder.path + ".out", "-o",
      "/dev/null",
      folder.path,
    ])
    try? FileManager.default.removeItem(atPath: folder.path + ".out")
    assertOurs(pictures.err)
    assertOurs(try ImgrecCLI.run(["similar", folder.path]).err)
  }

  /// All lines are messages or the summary of imgrec.
  private func assertOurs(_ text: String, line: UInt = #line) {
    let others = text.split(separator: "\n").filter { line in
      !Self.ours.contains { line.hasPrefix($0) } && !line.contains(" images: ")
    }
    XCTAssertEqual(others, [], line: line)
    XCTAssertTrue(text.contains(" images: "), text, line: line)
  }
}
