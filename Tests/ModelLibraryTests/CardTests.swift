import Foundation
import XCTest

@testable import ModelLibrary
@testable import Recognition

final class CardTests: XCTestCase {
  private let folder = Folder()
  private var store: ModelStore { ModelStore(directory: "\(folder.path)/store") }

  /// The minimal card with `change` made to it, beside a network.
  private func load(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> LoadedModel {
    var card = minimalCard
    change(&card)
    let network = try folder.write("network", to: "my net.onnx")
    try folder.write(JSONSerialization.data(withJSONObject: card), to: "my net.json")
    return try store.load(network)
  }

  private func changed(_ keys: [String], to value: Any?) -> String {
    complaint {
      _ = try load { card in
        if keys.count == 1 {
          card[keys[0]] = value
        } else {
          var part = card[keys[0]] as? [String: Any] ?? [:]
          part[keys[1]] = value
          card[keys[0]] = part
        }
      }
    }
  }

  func testCardBesideItsNetwork() throws {
    try folder.write("a\nb\n", to: "names.txt")
    let model = try load { $0["labels"] = ["file": "names.txt", "form": "lines"] }
    XCTAssertEqual(model.card.name, "my_net")
    XCTAssertEqual(model.card.format, .onnx)
    XCTAssertEqual(model.labels, ["a", "b"])
    XCTAssertEqual(model.digest, sha256(Data("network".utf8)))
    XCTAssertEqual(model.path(.network), "\(folder.path)/my net.onnx")
    XCTAssertEqual(model.reference, "my_net@\(model.digest.prefix(8))")
  }

  func testTheDigestCoversWeightsInOtherFiles() throws {
    let network = try folder.write("layers", to: "net.xml")
    var card = minimalCard
    card["format"] = "ir"
    card["files"] = nil
    func digest() throws -> String {
      try folder.write(JSONSerialization.data(withJSONObject: card), to: "net.json")
      return try store.load(network).digest
    }
    XCTAssertEqual(try digest(), sha256(Data("layers".utf8)))
    try folder.write("weights", to: "net.bin")
    let beside = try digest()
    XCTAssertNotEqual(beside, sha256(Data("layers".utf8)))
    XCTAssertEqual(try store.load(network).networkBytes, 6 + 7)
    try folder.write("other", to: "other.bin")
    XCTAssertEqual(try digest(), beside)
    card["files"] = [["name": "net.xml", "role": "network"], ["name": "other.bin", "role": "config"]]
    let named = try digest()
    XCTAssertNotEqual(named, beside)
    try folder.write("weights", to: "other.bin")
    XCTAssertEqual(try digest(), beside)
    // A pinned network does not pin its weights.
    card["files"] = [["name": "net.xml", "role": "network", "sha256": sha256(Data("layers".utf8)), "bytes": 6]]
    XCTAssertEqual(try digest(), beside)
    try folder.write("changed", to: "net.bin")
    XCTAssertNotEqual(try digest(), beside)
  }

  func testCardElsewhereAndCardAlone() throws {
    let network = try folder.write("network", to: "nets/a.onnx")
    var card = minimalCard
    let path = try folder.write(JSONSerialization.data(withJSONObject: card), to: "cards/b.json")
    XCTAssertEqual(try store.load(network, card: path).path(.network), network)
    card["files"] = [["name": "../nets/a.onnx", "role": "network"]]
    try folder.write(JSONSerialization.data(withJSONObject: card), to: "cards/b.json")
    XCTAssertEqual(try store.load(path).path(.network), "\(folder.path)/cards/../nets/a.onnx")
    assertContains(complaint { _ = try store.load("yunet", card: path) }, "card of its own")
  }

  func testNoCard() throws {
    let network = try folder.write("network", to: "bare.onnx")
    assertContains(complaint { _ = try store.load(network) }, "bare.json", "--card", "\"mean\"")
    assertContains(complaint { _ = try store.load("\(folder.path)/gone.onnx") }, "gone.onnx does not exist")
    assertContains(complaint { _ = try store.load(network, card: "/gone.json") }, "card /gone.json does not exist")
  }

  func testTheExampleInTheErrorIsACard() throws {
    let network = try folder.write("network", to: "bare.onnx")
    let text = complaint { _ = try store.load(network) }
    let start = try XCTUnwrap(text.firstIndex(of: "{"))
    let end = try XCTUnwrap(text.lastIndex(of: "}"))
    try folder.write(String(text[start...end]), to: "bare.json")
    try folder.write("a\n", to: "labels.txt")
    XCTAssertEqual(try store.load(network).labels, ["a"])
  }

  func testErrorsNameTheKey() {
    assertContains(changed(["input", "width"], to: nil), "input.width is missing")
    assertContains(changed(["input", "width"], to: "8"), "input.width: a whole number is expected")
    assertContains(changed(["input", "mean"], to: [0, "x", 0]), "input.mean[1]: a number is expected")
    assertContains(changed(["input", "mean"], to: [0, 0]), "input.mean: 3 numbers are expected for rgb, not 2")
    assertContains(changed(["input", "scale"], to: [1, 0, 1]), "input.scale: 0")
    assertContains(changed(["input", "height"], to: 0), "input.height: 1 to 16384")
    assertContains(changed(["input", "channels"], to: "rbg"), "input.channels: one of rgb, bgr, grey")
    assertContains(changed(["input", "colour"], to: 1), "input.colour is not a key")
    assertContains(changed(["input", "resize"], to: ["rule": "short_side", "side": 4]), "input.resize.side")
    let trimmed: [String: Any] = ["rule": "letterbox", "multiple": 32]
    assertContains(changed(["input", "resize"], to: trimmed), "for the heads yolox, yolov5 and yolov8")
    assertContains(
      changed(["input", "resize"], to: ["rule": "letterbox", "margin": 8]), "input.resize.margin: a letterbox with")
    assertContains(changed(["head", "kind"], to: "softmx"), "head.kind: one of softmax,")
    assertContains(changed(["head", "kind"], to: "yunet"), "head.kind: yunet does not match classify")
    assertContains(changed(["task"], to: "clasify"), "task: one of classify, faces")
    assertContains(changed(["engines"], to: [String]()), "engines: at least one")
    assertContains(changed(["engines_by_vendor"], to: ["A": ["zxing"]]), "engines_by_vendor.A: the same engines")
    assertContains(changed(["labels"], to: ["names": [String]()]), "labels.names")
    assertContains(changed(["labels"], to: ["file": "l.txt"]), "labels.form is missing")
    assertContains(changed(["labels"], to: ["file": "l.txt", "form": "lines"]), "does not exist", "l.txt")
    assertContains(changed(["defaults"], to: ["min_confidence": 1.5]), "defaults.min_confidence: 0 to 1")
    assertContains(changed(["max_batch"], to: 0), "max_batch")
    assertContains(changed(["workspace"], to: 0), "workspace")
    assertContains(changed(["name"], to: "../up"), "name: letters")
    assertContains(changed(["input"], to: nil), "input is missing")
    assertContains(changed(["input"], to: 3), "input: ")
  }

  func testNotJSON() throws {
    let network = try folder.write("network", to: "n.onnx")
    try folder.write("{\"task\":", to: "n.json")
    assertContains(complaint { _ = try store.load(network) }, "n.json is not JSON")
    try folder.write("[]", to: "n.json")
    assertContains(complaint { _ = try store.load(network) }, "a JSON object is expected")
  }

  func testPinsOfAUsersCardAreKept() throws {
    let wrong = String(repeating: "0", count: 64)
    let text = complaint {
      _ = try load { $0["files"] = [["name": "my net.onnx", "role": "network", "sha256": wrong]] }
    }
    assertContains(text, "is not the pinned file", wrong)
  }

  func testCaffeFindsItsPrototxt() throws {
    let network = try folder.write("network", to: "c.caffemodel")
    try folder.write(JSONSerialization.data(withJSONObject: minimalCard), to: "c.json")
    assertContains(complaint { _ = try store.load(network) }, "caffe needs a file of role config")
    let config = try folder.write("layers", to: "c.prototxt")
    XCTAssertEqual(try store.load(network).path(.config), config)
  }

  func testZooCardsNeedPins() throws {
    assertContains(
      complaint { _ = try zoo(files: [["name": "n.onnx", "role": "network"]]) },
      "files[0]: sha256, bytes and source are needed")
    assertContains(
      complaint { _ = try zoo(of: Data(), source: ["pip": "a==1", "url": "https://x"], bytes: 1) }, "exactly one of")
    assertContains(
      complaint { _ = try zoo(of: Data(), source: ["pip": "a==1", "member": "../x"], bytes: 1) }, "source.member")
    assertContains(complaint { _ = try zoo(of: Data(), source: ["url": "ftp://x"], bytes: 1) }, "source.url")
  }
}
