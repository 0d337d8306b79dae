import Synchronization
import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition

/// The table on a terminal.
final class TableTests: XCTestCase {
  private func outcome(_ path: String) -> Outcome {
    let labels = ["tabby", "tiger cat", "Egyptian cat"].map { Label(label: $0, id: 1, score: 0.5) }
    let face = Detection(score: 0.95, box: Box(x: 0, y: 0, width: 1, height: 1))
    let text = Detection(text: "漢字 STOP\u{1b}[2J", score: 0.9, box: Box(x: 0, y: 0, width: 1, height: 1))
    var outcome = Outcome(
      index: 0, path: RawPath(path),
      result: .success([
        Answer(task: .classify, model: "a@0", findings: .labels(labels)),
        Answer(task: .faces, model: "b@0", findings: .detections([face, face])),
        Answer(task: .text, model: "c@0", findings: .detections([text])),
      ]))
    outcome.facts.size = PixelSize(width: 4000, height: 3000)
    return outcome
  }

  private func table(_ style: TableStyle, _ tasks: [TaskKind], _ outcomes: [Outcome]) throws -> [String] {
    try written { output in
      let sink = TableSink(output, style: style, tasks: tasks)
      for outcome in outcomes { try sink.write(outcome) }
      try sink.finish()
    }.split(separator: "\n").map(String.init)
  }

  func testEachOfSeveralTasksShows() throws {
    let tasks: [TaskKind] = [.classify, .faces, .text]
    for width in [70, 80, 132, 200] {
      let lines = try table(TableStyle(width: width), tasks, [outcome("photos/2024/IMG_1.jpg")])
      XCTAssertEqual(lines.count, 2)
      for word in ["CLASSIFY", "FACES", "TEXT"] { XCTAssertTrue(lines[0].contains(word), lines[0]) }
      for word in ["tabby", "2 (0.95", "漢字"] { XCTAssertTrue(lines[1].contains(word), lines[1]) }
      for line in lines { XCTAssertLessThanOrEqual(TerminalText.width(line), width) }
    }
    let wide = try table(TableStyle(width: 200), tasks, [outcome("a.jpg")])
    XCTAssertTrue(wide[1].contains("tabby 0.50, tiger cat 0.50"), wide[1])
  }

  /// Columns would be too narrow: each task has a line.
  func testManyTasksOnANarrowTerminal() throws {
    let tasks: [TaskKind] = [.classify, .faces, .text, .nsfw, .quality, .rotation]
    let lines = try table(TableStyle(width: 80), tasks, [outcome("a.jpg"), outcome("b.jpg")])
    XCTAssertEqual(lines.count, 1 + 2 * tasks.count)
    XCTAssertTrue(lines[1].hasPrefix("a.jpg"), lines[1])
    XCTAssertTrue(lines[1].hasSuffix("classify  tabby 0.50, tiger cat 0.50, Egyptian cat …"), lines[1])
    XCTAssertTrue(lines[2].hasSuffix("faces     2 (0.95, 0.95)"), lines[2])
  }

  func testWarningsAndFailures() throws {
    var damaged = outcome("damaged.jpg")
    damaged.warnings = ["jpeg: premature end of data"]
    var lost = outcome("lost.heic")
    lost.result = .failure(Failure(.decode, .unsupported, "HEIC\u{9b}"))
    let style = TableStyle(width: 80, colour: true)
    let lines = try table(style, [.classify, .faces, .text], [damaged, lost])
    XCTAssertTrue(lines[2].hasSuffix("\u{1b}[33mwarning: jpeg: premature end of data\u{1b}[0m"), lines[2])
    XCTAssertTrue(lines[3].hasSuffix("\u{1b}[31munsupported: HEIC\\x9b\u{1b}[0m"), lines[3])
  }

  /// A window that is resized during the run.
  func testTheWidthIsReadForEachLine() throws {
    let widths = Mutex([80, 80, 40, 200])
    var style = TableStyle()
    style.width = { widths.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
    let path = "photos/" + String(repeating: "long/", count: 40) + "end.jpg"
    let lines = try table(style, [.classify], [outcome(path), outcome(path), outcome(path)])
    let found = lines.filter { $0.contains("end.jpg") }.map(TerminalText.width)
    XCTAssertEqual(found.count, 3)
    XCTAssertTrue(found[0] <= 80 && found[1] <= 40 && found[2] > 80 && found[2] <= 200, "\(found)")
  }

  /// No terminal: nothing is shortened, and an image is a line.
  func testPipe() throws {
    var damaged = outcome(String(repeating: "x", count: 100) + ".jpg")
    damaged.warnings = ["w"]
    let lines = try table(TableStyle(width: nil), [.classify, .faces, .text], [damaged])
    XCTAssertEqual(lines.count, 2)
    XCTAssertTrue(lines[1].hasPrefix(damaged.path.description))
    XCTAssertTrue(lines[1].hasSuffix(#"; faces 2 (0.95, 0.95); 漢字 STOP\x1b[2J 0.90 (w)"#), lines[1])
  }
}
