import Foundation
import XCTest

@testable import ModelLibrary
@testable import Platform

/// A folder that is removed at the end of the test.
final class Folder {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "imgrec-\(UUID().uuidString)"
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

  @discardableResult
  func write(_ data: Data, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: file))
    return file
  }

  /// All regular files below, by their relative paths.
  var files: [String] {
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return names.filter { FileSystem.size("\(path)/\($0)") != nil }.sorted()
  }
}

func sha256(_ data: Data) -> String {
  hexadecimal(Digest.of(data))
}

/// A zoo of one model "net" with one file out of `source`.
func zoo(of data: Data, source: [String: Any], sha256 digest: String? = nil, bytes: Int? = nil) throws -> ModelZoo {
  let file: [String: Any] = [
    "name": "net.onnx", "role": "network", "sha256": digest ?? sha256(data), "bytes": bytes ?? data.count,
    "source": source,
  ]
  return try zoo(files: [file])
}

func zoo(files: [[String: Any]]) throws -> ModelZoo {
  var card = minimalCard
  card.merge(["name": "net", "summary": "a test", "licence": "MIT", "format": "onnx", "engines": ["opencv"]]) { $1 }
  card["files"] = files
  return try ModelZoo(json: JSONSerialization.data(withJSONObject: ["models": [card]]), origin: "test")
}

/// The keys that a user's card must have.
var minimalCard: [String: Any] {
  [
    "task": "classify", "head": ["kind": "softmax"],
    "input": [
      "width": 8, "height": 8, "channels": "rgb", "resize": ["rule": "stretch"], "filter": "area", "layout": "nchw",
      "mean": [0, 0, 0], "scale": [1, 1, 1],
    ],
  ]
}

/// The description of the error that `body` has to throw.
func complaint(file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void) -> String {
  do {
    try body()
    XCTFail("an error was expected", file: file, line: line)
    return ""
  } catch {
    XCTAssert(error is SetupError, "\(error)", file: file, line: line)
    return "\(error)"
  }
}

func assertContains(_ text: String, _ parts: String..., file: StaticString = #filePath, line: UInt = #line) {
  for part in parts { XCTAssert(text.contains(part), "\"\(part)\" is not in: \(text)", file: file, line: line) }
}
