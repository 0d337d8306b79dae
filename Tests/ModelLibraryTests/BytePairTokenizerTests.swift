import Foundation
import ModelFiles
import Platform
import TestSupport
import XCTest

/// Tokens of CLIP's kind: those of Hugging Face's tokenizers 0.23.3 for the same file.
final class BytePairTokenizerTests: XCTestCase {
  private static let file = Checkout.fixtures.appending(path: "models/shapes_tokenizer.json")

  private let cases: [(text: String, tokens: [Int])] = [
    ("red circle", [555, 513, 530, 556]),
    ("A Photo  of a\u{9}BLUE triangle!", [555, 320, 546, 553, 320, 520, 542, 256, 556]),
    (
      "it's 2024: we've 3 dogs",
      [555, 72, 339, 6, 338, 273, 271, 273, 275, 281, 86, 324, 6, 85, 324, 274, 67, 78, 70, 338, 556]
    ),
    ("na\u{ef}ve caf\u{e9}", [555, 77, 64, 127, 107, 85, 324, 66, 64, 69, 127, 358, 556]),
    ("cafe\u{301}", [555, 66, 64, 69, 127, 358, 556]),
    (
      "\u{65e5}\u{672c}\u{8a9e} \u{306e}\u{5199}\u{771f}",
      [555, 162, 245, 98, 162, 250, 105, 164, 103, 508, 159, 223, 106, 161, 228, 247, 163, 250, 509, 556]
    ),
    ("\u{1f431}\u{1f436} cat", [555, 172, 253, 238, 109, 172, 253, 238, 370, 66, 64, 339, 556]),
    ("don't...stop--now '", [555, 67, 78, 333, 6, 339, 13, 13, 269, 82, 83, 78, 335, 12, 268, 77, 78, 342, 262, 556]),
    ("", [555, 556]),
    ("  ", [555, 556]),
    (
      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      [
        555, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87, 87,
        87, 87, 343, 556,
      ]
    ),
    (
      "I'LL \u{c0}\u{c9}\u{ce} \u{bd} \u{2167} \u{b2}",
      [555, 328, 6, 75, 331, 127, 254, 127, 102, 127, 362, 126, 377, 158, 227, 371, 126, 366, 556]
    ),
    ("a_b-c/d\u{5c}e\u{22}f'g", [555, 320, 318, 321, 268, 322, 270, 323, 315, 324, 257, 325, 262, 326, 556]),
    ("\u{391}\u{3a3} \u{3a3}", [555, 138, 109, 139, 481, 139, 481, 556]),
    ("it''s 'tis", [555, 72, 339, 6, 262, 338, 6, 339, 72, 338, 556]),
    ("\u{a0}nbsp\u{3000}x", [555, 77, 65, 82, 335, 343, 556]),
    (
      "e\u{301}\u{301} \u{fb01} \u{df} \u{130}", [555, 127, 358, 136, 479, 171, 105, 479, 127, 509, 328, 136, 485, 556]
    ),
  ]

  func testTokensAreThoseOfTheReference() throws {
    let tokenizer = try BytePairTokenizer(path: Self.file.path)
    for (text, tokens) in cases {
      let found = tokenizer.tokens(text, context: 77)
      XCTAssertEqual(found.tokens, tokens + [Int](repeating: 0, count: 77 - tokens.count), text)
      XCTAssertFalse(found.isCut)
    }
  }

  func testLongTextIsCutBeforeItsEnd() throws {
    let tokenizer = try BytePairTokenizer(path: Self.file.path)
    let found = tokenizer.tokens("red circle red circle red circle", context: 5)
    XCTAssertEqual(found.tokens, [555, 513, 530, 513, 556])
    XCTAssertTrue(found.isCut)
    XCTAssertFalse(tokenizer.tokens("red circle red", context: 5).isCut)
    // A word of any length.
    XCTAssertEqual(tokenizer.tokens(String(repeating: "e", count: 100_000), context: 77).tokens.count, 77)
  }

  func testOtherFilesAreRefused() throws {
    let whole = try String(contentsOf: Self.file, encoding: .utf8)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: path) }
    func problem(_ text: String) throws -> String {
      try Data(text.utf8).write(to: path)
      do throws(SetupError) { _ = try BytePairTokenizer(path: path.path) } catch { return error.description }
      return ""
    }
    XCTAssertEqual(try problem(whole), "")
    // Pairs as newer files have them.
    var file = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(whole.utf8)) as? [String: Any])
    var model = try XCTUnwrap(file["model"] as? [String: Any])
    model["merges"] = try XCTUnwrap(model["merges"] as? [String]).map { $0.split(separator: " ").map(String.init) }
    file["model"] = model
    let pairs = try JSONSerialization.data(withJSONObject: file)
    XCTAssertEqual(try problem(String(decoding: pairs, as: UTF8.self)), "")
    for text in [
      "", "[]", "{}", String(whole.dropLast(2)), #"{"model":{"type":"Unigram","vocab":[["a",-1.5]]}}"#,
      whole.replacingOccurrences(of: "<|endoftext|>", with: "</s>"),
      whole.replacingOccurrences(of: #""</w>""#, with: "null"),
      #"{"model":{"vocab":{"a":0},"merges":["a b c"],"end_of_word_suffix":"</w>"}}"#,
    ] {
      XCTAssertTrue(try problem(text).contains("Tokenizers of CLIP are read"), text.prefix(60).description)
    }
    XCTAssertNotEqual(try problem("{}"), "")
  }
}
