import Foundation
import Recognition
import TestSupport
import XCTest

@testable import Codecs

/// Text of all sizes and shapes of pictures, and its formats.
final class TextTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try ImgrecCLI.pull("ppocr_v6_det", "ppocr_cls", "ppocr_v6_rec")
  }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  /// Text black on white: each string of `size` pixels at its upper left corner, or turned by 90 degrees clockwise; or the
  /// whole page upside down.
  private func draw(
    _ name: String, _ width: Int, _ height: Int, size: Int, _ texts: [(text: String, x: Int, y: Int)],
    turned: Bool = false, upsideDown: Bool = false
  ) throws {
    var samples = [UInt8](repeating: 255, count: width * height)
    for (text, x, y) in texts {
      let line = try XCTUnwrap(TextRenderer(text, pixels: size))
      for v in 0..<line.size.height {
        for u in 0..<line.size.width {
          let (px, py) = turned ? (x + line.size.height - 1 - v, y + u) : (x + u, y + v)
          guard px >= 0, py >= 0, px < width, py < height else { continue }
          samples[py * width + px] = 255 - line.coverage[v * line.size.width + u]
        }
      }
    }
    if upsideDown { samples.reverse() }
    let png = PNGBytes(width: width, height: height, kind: .grey) { x, y, _ in Int(samples[y * width + x]) }
    try Data(png.file).write(to: folder.appendingPathComponent(name))
  }

  private func scan(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan", "--task", "text", "-q", "--cache", "off"] + arguments, folder: folder)
  }

  private func texts(_ name: String) throws -> [String] {
    let result = try scan(name)
    XCTAssertEqual(result.status, 0, result.err)
    let found = try XCTUnwrap(result.records().first?["text"] as? [[String: Any]])
    return found.compactMap { $0["text"] as? String }
  }

  func testWordsThatFillTheirPicture() throws {
    for (word, size) in [("EXIT", 20), ("Bakery", 64), ("Room 204", 400)] {
      let line = try XCTUnwrap(TextRenderer(word, pixels: size)).size
      try draw("word.png", line.width + size / 8, line.height, size: size, [(word, size / 16, 0)])
      XCTAssertEqual(try texts("word.png"), [word], "\(size)")
    }
  }

  /// A sample of the lines shows that all are upside down, among them numbers that would read as others.
  func testPagesUpsideDown() throws {
    let words = [
      "Bakery", "SOS 6119", "Coffee", "96", "Restaurant", "NOON", "Closed", "Garden", "68", "Monday", "1961", "Street",
    ]
    let lines = words.enumerated().map { (text: $1, x: 40, y: 30 + 60 * $0) }
    try draw("page.png", 480, 900, size: 28, lines, upsideDown: true)
    XCTAssertEqual(Set(try texts("page.png")), Set(words))
  }

  /// Pages three to four times as wide as high are cut into columns and rows.
  func testWordsOfThreeToFourTimesTheirHeight() throws {
    let words = ["Fresh", "Garden", "2024", "Taxi", "Summer", "Winter", "Price", "Hotel", "Cinema", "Bridge"]
    for (index, word) in words.enumerated() {
      let size = 120 + 50 * index
      let line = try XCTUnwrap(TextRenderer(word, pixels: size)).size
      try draw("\(index).png", line.width + size / 5, line.height, size: size, [(word, size / 10, 0)])
    }
    let result = try scan(".")
    XCTAssertEqual(result.status, 0, result.err)
    var found: [String: [String]] = [:]
    for record in try result.records() {
      let path = try XCTUnwrap(record["path"] as? NSString)
      let lines = try XCTUnwrap(record["text"] as? [[String: Any]])
      found[path.lastPathComponent] = lines.compactMap { $0["text"] as? String }
    }
    for (index, word) in words.enumerated() { XCTAssertEqual(found["\(index).png"], [word]) }
  }

  /// Lines that fill pictures up to 16 times as wide as high, which are cut into columns.
  func testLinesThatFillTheirPicture() throws {
    let lines = [
      ("Closed Taxi Kitchen", 155), ("Street Hospital Garden Police", 246), ("50% Parking Closed Music", 53),
      ("Ticket 2024 Fresh", 304), ("Pizza Hotel Kitchen Restaurant", 93),
    ]
    for (text, size) in lines {
      let line = try XCTUnwrap(TextRenderer(text, pixels: size)).size
      try draw("line.png", line.width + size / 4, line.height, size: size, [(text, size / 8, 0)])
      XCTAssertEqual(try texts("line.png").joined(separator: " "), text)
    }
  }

  /// Lines at all distances, so that some lie on the borders of the pieces.
  func testLongScreenshotsLoseAndDoubleNoLine() throws {
    let lines = (0..<53).map { (text: "Line \(100 + $0) paid", x: 60, y: 40 + 151 * $0) }
    try draw("shot.png", 800, 8100, size: 40, lines)
    XCTAssertEqual(try texts("shot.png"), lines.map(\.text))
  }

  /// The first run on OpenVINO compiles the networks and chooses their kernels by trials; what that leaves is given up.
  func testTheFirstRunTakesLittleMoreMemoryThanTheNext() throws {
    let lines = (0..<28).map { (text: "Tea, coffee and cake: \($0).50", x: 40, y: 20 + 48 * $0) }
    for page in 0..<2 { try draw("\(page).png", 700, 1400, size: 28, lines) }
    func peak() throws -> Int {
      let result = try ImgrecCLI.run(
        [
          "scan", ".", "--task", "text", "-q", "--cache", "off", "--engine", "openvino", "--precision", "f32",
          "--instances", "2", "--threads", "1", "--summary", "summary.json", "--on-exists", "overwrite",
        ], environment: ["XDG_CACHE_HOME": folder.appendingPathComponent("cache").path], folder: folder)
      if result.status == 2, result.err.contains("engines pull") { throw XCTSkip(result.err) }
      XCTAssertEqual(result.status, 0, result.err)
      let summary = try ImgrecCLI.summary(folder.appendingPathComponent("summary.json"))
      return try XCTUnwrap(summary["peak_memory_bytes"] as? Int)
    }
    let (first, next) = (try peak(), try peak())
    XCTAssertLessThan(first, 390 << 20)
    XCTAssertLessThan(Double(first), 1.15 * Double(next))
  }

  func testUmlautsAccentsAndSpaces() throws {
    try draw(
      "page.png", 1000, 300, size: 40, [("Grüße aus Köln, Straße 7", 40, 40), ("Crème brûlée à la carte", 40, 140)])
    XCTAssertEqual(try texts("page.png"), ["Grüße aus Köln, Straße 7", "Crème brûlée à la carte"])
  }

  func testSpinesOfBooks() throws {
    try draw(
      "spines.png", 500, 900, size: 44, [("History of Rome", 60, 80), ("Modern Gardens", 300, 80)], turned: true)
    XCTAssertEqual(Set(try texts("spines.png")), ["History of Rome", "Modern Gardens"])
  }

  func testPlainText() throws {
    let rows = [("Milk", 60, 60), ("2,49", 600, 60), ("Bread", 60, 160), ("1,99", 600, 160)]
    try draw("a.png", 800, 300, size: 40, rows.map { (text: $0.0, x: $0.1, y: $0.2) })
    try draw("b.png", 800, 200, size: 40, [("Another page", 60, 60)])
    try Data("no image".utf8).write(to: folder.appendingPathComponent("c.jpg"))
    let result = try scan("--format", "text", "a.png", "c.jpg", "b.png")
    XCTAssertEqual(result.text, "Milk 2,49\nBread 1,99\n\u{C}\u{C}Another page\n\u{C}")
    XCTAssertEqual(result.status, 1)
    XCTAssertTrue(result.err.contains("c.jpg"), result.err)
    XCTAssertEqual(try scan("b.png", "-o", "b.txt").status, 0)
    XCTAssertEqual(
      try String(contentsOf: folder.appendingPathComponent("b.txt"), encoding: .utf8), "Another page\n\u{C}")
  }

  func testHOCR() throws {
    try draw("a & b.png", 800, 200, size: 40, [("Price < 5 & more", 60, 60)])
    XCTAssertEqual(try scan("a & b.png", "-o", "page.hocr").status, 0)
    let hocr = try String(contentsOf: folder.appendingPathComponent("page.hocr"), encoding: .utf8)
    XCTAssertTrue(hocr.contains(#"title="image &quot;a &amp; b.png&quot;; bbox 0 0 800 200; ppageno 0""#), hocr)
    XCTAssertTrue(hocr.contains(">Price &lt; 5 &amp; more</span></span>"), hocr)
    XCTAssertTrue(hocr.hasSuffix("  </div>\n </body>\n</html>\n"), hocr)
  }

  func testFormatsOfTextNeedText() throws {
    let result = try ImgrecCLI.run(["scan", "--format", "text", "a.png"], folder: folder)
    XCTAssertEqual(result.status, 64)
    XCTAssertTrue(
      result.err.contains("--format text needs one of the tasks text, plates; this run has classify"), result.err)
    XCTAssertTrue(result.err.contains("Add --task text, or leave --format text out."), result.err)
  }
}
