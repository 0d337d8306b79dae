import Foundation
import XCTest

/// The task `codes`, on pictures of Fixtures/codes (make_codes.py).
final class CodesTests: XCTestCase {
  private let folder = ImgrecCLI.fixtures.appendingPathComponent("codes")

  private func scan(_ arguments: [String], environment: [String: String] = [:]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan", "-q", "--task", "codes"] + arguments, environment: environment, folder: folder)
  }

  private func codes(_ name: String, environment: [String: String] = [:]) throws -> [[String: Any]] {
    let result = try scan(["\(name).png", "--cache", "off"], environment: environment)
    XCTAssertEqual(result.status, 0, result.err)
    return try XCTUnwrap(result.records().first?["codes"] as? [[String: Any]], name)
  }

  private func text(_ result: ImgrecCLI.Result) -> String { String(decoding: result.out, as: UTF8.self) }

  func testEachFormatIsRead() throws {
    let expected = [
      "ean13": ("EAN-13", "4006381333931"), "isbn": ("EAN-13", "9783161484100"), "music": ("EAN-13", "9790060115615"),
      "ean8": ("EAN-8", "96385074"), "upca": ("UPC-A", "036000291452"), "code128": ("Code128", "LOC-20417"),
      "code39": ("Code39", "B0012345"), "itf": ("ITF", "30012345678906"), "qr": ("QRCode", "https://example.org/käse"),
      "qr_control": ("QRCode", "a\"b\\c\n\u{1}\t</x>"), "datamatrix": ("DataMatrix", "https://example.org/datamatrix"),
      "aztec": ("Aztec", "https://example.org/aztec"), "pdf417": ("PDF417", "https://example.org/pdf417"),
      "rotated_isbn": ("EAN-13", "9783161484100"), "rotated_qr": ("QRCode", "https://example.org/turned"),
      "inverted_qr": ("QRCode", "https://example.org/inverted"), "small": ("EAN-13", "9783161484100"),
    ]
    let result = try scan([".", "--cache", "off"])
    XCTAssertEqual(result.status, 0, result.err)
    var seen: Set<String> = []
    for record in try result.records() {
      let path = try XCTUnwrap(record["path"] as? String)
      let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      guard let (format, text) = expected[name] else { continue }
      seen.insert(name)
      let codes = try XCTUnwrap(record["codes"] as? [[String: Any]], name)
      XCTAssertEqual(codes.map { $0["format"] as? String }, [format], name)
      XCTAssertEqual(codes.map { $0["text"] as? String }, [text], name)
      XCTAssertEqual(codes.first?["isbn"] as? String, name.contains("isbn") || name == "small" ? text : nil, name)
      XCTAssertEqual((record["engines"] as? [String: String])?["codes"], "zxing")
    }
    XCTAssertEqual(seen, Set(expected.keys))
  }

  /// The corners begin at the upper left of the code itself.
  func testCornersAreThoseOfTheCode() throws {
    let quad = try XCTUnwrap(codes("small").first?["quad"] as? [[Double]])
    for (corner, place) in zip(quad, [(3105.0, 2353.0), (3295, 2353), (3295, 2447), (3105, 2447)]) {
      XCTAssertEqual(corner[0], place.0, accuracy: 3)
      XCTAssertEqual(corner[1], place.1, accuracy: 3)
    }
    let turned = try XCTUnwrap(codes("rotated_isbn").first?["quad"] as? [[Double]])
    // Turned to the left by 45 degrees: it reads upwards.
    XCTAssertEqual(turned[1][0] - turned[0][0], turned[0][1] - turned[1][1], accuracy: 6)
    XCTAssertGreaterThan(turned[1][0] - turned[0][0], 120)
  }

  func testSeveralCodesComeInReadingOrder() throws {
    let texts = try codes("several").map { $0["text"] as? String }
    XCTAssertEqual(texts, ["9783161484100", "https://example.org/one", "LOC-20417", "LOC-20417"])
    XCTAssertEqual(try codes("none").count, 0)
  }

  func testBinaryContentIsExact() throws {
    let found = try codes("qr_binary")
    let bytes = try XCTUnwrap((found.first?["text_bytes"] as? String).flatMap { Data(base64Encoded: $0) })
    XCTAssertEqual(Array(bytes), [0, 255, 128, 1, 254, 200, 10, 34, 250, 251])
    XCTAssertEqual(try codes("qr_isbn10").first?["isbn"] as? String, "9780306406157")
  }

  func testAnswersAreCachedAndWrittenElsewhere() throws {
    let out = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: out) }
    let cache = "sqlite:\(out.path)/cache.sqlite"
    let flags = ["several.png", "qr_binary.png", "isbn.png", "--cache", cache]
    let first = try scan(flags).records()
    let second = try scan(flags).records()
    XCTAssertEqual(second.map { $0["cache"] as? String }, ["hit", "hit", "hit"])
    XCTAssertEqual(
      first.map { $0["codes"] as? NSArray }, second.map { $0["codes"] as? NSArray })
    let csv = try scan(flags + ["--format", "csv"])
    XCTAssertTrue(text(csv).contains(",codes,1,EAN-13,,"), text(csv))
    XCTAssertTrue(text(csv).contains(",9783161484100,"), text(csv))
    let table = try scan(flags + ["--format", "table"])
    XCTAssertTrue(text(table).contains("ISBN 9783161484100"), text(table))
    XCTAssertTrue(text(table).contains(" and 1 more"), text(table))
    let drawn = try scan(
      ["several.png", "--cache", "off", "--annotate", out.path + "/drawn", "--crops", out.path + "/crops"])
    XCTAssertEqual(drawn.status, 0, drawn.err)
    let files = try XCTUnwrap(drawn.records().first?["files"] as? [String: Any])
    XCTAssertEqual((files["crops"] as? [String])?.count, 4)
    XCTAssertNotNil(files["annotated"])
  }

  func testOptionsThatSayNothingAboutCodesAreRefused() throws {
    for flags in [
      ["--min-confidence", "0.5"], ["--labels", "EAN-13"], ["--top", "1"], ["--format", "coco", "-o", "x.json"],
      ["--similar", "3"],
    ] {
      let result = try scan(["isbn.png"] + flags)
      XCTAssertEqual(result.status, 64, "\(flags): \(result.err)")
      XCTAssertTrue(result.err.contains(flags[0]), result.err)
    }
  }

  /// A library that does not open costs the run of that task, and the message names the package.
  func testAMissingLibraryIsNamed() throws {
    let out = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: out) }
    try Data("none".utf8).write(to: out.appendingPathComponent("libZXing.so.2"))
    let broken = ["LD_LIBRARY_PATH": out.path]
    let result = try scan(["isbn.png"], environment: broken)
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(result.err.contains("libzxing2"), result.err)
    let doctor = try ImgrecCLI.run(["doctor"], environment: broken)
    XCTAssertTrue(text(doctor).contains("libzxing2"), text(doctor))
  }

  /// Without processes of their own, and in a run that starts with another task.
  func testCodesAreReadInTheProcessItself() throws {
    XCTAssertEqual(
      try codes("several", environment: ["IMGREC_ISOLATION": "off"]).count, 4)
    let result = try ImgrecCLI.run(
      ["scan", "-q", "--task", "quality,codes", "--engine", "opencv", "isbn.png", "--cache", "off"], folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual((try result.records().first?["codes"] as? [[String: Any]])?.count, 1)
  }
}
