import Foundation
import XCTest

@testable import ModelLibrary
@testable import Platform
@testable import Recognition

final class ZooTests: XCTestCase {
  func testEveryTaskHasItsDefault() throws {
    for task in TaskKind.allCases {
      XCTAssertEqual(try ModelZoo.embedded.card(named: task.defaultModel).task, task)
    }
  }

  func testStepsAreOfTheTask() throws {
    for card in ModelZoo.embedded.cards {
      for name in (card.steps ?? []) + (card.optionalSteps ?? []) {
        let step = try ModelZoo.embedded.card(named: name)
        XCTAssertNotNil(step.step, "\(card.name): \(name)")
        XCTAssertEqual(step.task, card.task, "\(card.name): \(name)")
      }
    }
  }

  func testEmbeddedNames() {
    XCTAssertEqual(
      ModelZoo.embedded.cards.prefix(6).map(\.name),
      [
        "efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "efficientnet_lite0_160", "mobilenet_v2",
        "squeezenet_1_1",
      ])
    XCTAssertEqual(
      ModelZoo.embedded.cards(of: .upscale).map(\.name),
      [
        "edsr_photo_x3", "edsr_photo_x2", "edsr_photo_x4", "edsr_lite_x3", "carn_m_x2", "carn_m_x3", "carn_m_x4",
        "fsrcnn_x2", "fsrcnn_x3", "fsrcnn_x4", "espcn_x2", "espcn_x3", "espcn_x4", "edsr_x2", "edsr_x3", "edsr_x4",
      ])
  }

  func testLabelsArePlainNames() throws {
    let old = ["aeroplane", "diningtable", "motorbike", "pottedplant", "sofa", "tvmonitor"]
    for card in ModelZoo.embedded.cards {
      XCTAssertEqual(card.labels?.names?.filter(old.contains) ?? [], [], card.name)
    }
    for name in ["yolox_nano", "yolov4_tiny", "yolov8n"] {
      let names = try XCTUnwrap(ModelZoo.embedded.card(named: name).labels?.names)
      XCTAssertEqual(names.count, 80, name)
      XCTAssertEqual(
        [3, 4, 57, 58, 60, 62].map { names[$0] },
        [
          "motorcycle", "airplane", "couch", "potted plant", "dining table", "tv",
        ], name)
    }
  }

  func testAJPEGStepNeedsInputsOfOneShape() throws {
    var card = try ModelZoo.embedded.card(named: "open_nsfw")
    XCTAssertEqual(card.input.jpegQuality, 75)
    try CardValidator.check(card, origin: "z", pinned: true)
    card.input.jpegQuality = 101
    card.input.resize = .init(rule: .fit, side: 224)
    let said = complaint { try CardValidator.check(card, origin: "z", pinned: true) }
    assertContains(said, "input.jpeg_quality: 1 to 100 is expected")
    assertContains(said, "input.jpeg_quality: inputs of one shape have it")
  }

  /// Networks of another version of the program have the same name and size.
  func testAnEmbeddedNetworkReplacesAnotherVersionOfIt() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "imgrec-store-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = ModelStore(directory: folder.path)
    let card = try ModelZoo.embedded.card(named: "edsr_photo_x3")
    let path = try store.networkPath(of: card)
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: path))
    XCTAssertEqual(try store.load(card).digest, card.files.first?.sha256)
    XCTAssertEqual(store.problems(of: card), [])
  }

  func testNetworksForCleanPicturesTakeTheSameTiles() throws {
    var names: [String] = []
    for card in ModelZoo.embedded.cards(of: .upscale) {
      guard let spec = card.head.upscale, let name = spec.clean else { continue }
      names.append(name)
      let clean = try ModelZoo.embedded.card(named: name)
      XCTAssertEqual(clean.input, card.input)
      XCTAssertEqual(clean.head.upscale?.scale, spec.scale)
      XCTAssertEqual(clean.head.upscale?.overlap, spec.overlap)
    }
    XCTAssertEqual(names, ["edsr_lite_x3"])
  }

  func testPreparationIsThatOfTheReferences() throws {
    let mobilenet = try ModelZoo.embedded.card(named: "mobilenet_v2").input
    for (channel, reference) in [(0, (0.485, 0.229)), (1, (0.456, 0.224)), (2, (0.406, 0.225))] {
      let white = (255 - mobilenet.mean[channel]) * mobilenet.scale[channel]
      XCTAssertEqual(Double(white), (1 - reference.0) / reference.1, accuracy: 1e-4)
    }
    // Caffe's way: all of the picture to 256 x 256, then the centre.
    let transform = try ModelZoo.embedded.card(named: "squeezenet_1_1").input.transform(
      of: PixelSize(width: 640, height: 480))
    XCTAssertEqual(transform.resized, PixelSize(width: 256, height: 256))
    XCTAssertEqual(transform.window, PixelRect(x: 14, y: 14, width: 227, height: 227))
    XCTAssertEqual(transform.slot, PixelSize(width: 227, height: 227))
  }

  func testYuNetsOutputsAreInTheHeadsOrder() throws {
    let outputs = try ModelZoo.embedded.card(named: "yunet").outputs
    XCTAssertEqual(outputs, ["cls", "obj", "bbox", "kps"].flatMap { kind in [8, 16, 32].map { "\(kind)_\($0)" } })
  }

  /// The process stays below 400 MB on any folder: one detector and one reader, with the largest piece of a page and the
  /// longest line, and 100 MB for the rest.
  func testReadingTextIsBoundedInMemory() throws {
    let detector = try ModelZoo.embedded.card(named: "ppocr_v6_det")
    let steps = try (detector.steps ?? []).map { try ModelZoo.embedded.card(named: $0) }
    XCTAssertEqual(steps.map(\.name), ["ppocr_cls", "ppocr_v6_rec"])
    XCTAssertLessThanOrEqual(([detector] + steps).reduce(0) { $0 + $1.workspaceBytes }, 300_000_000)
  }

  func testTheEmbeddedZooPassesTheChecks() throws {
    let checked = try ModelZoo(json: Data(EmbeddedFile.text("zoo.json").utf8), origin: "zoo.json")
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    XCTAssertEqual(try encoder.encode(ModelZoo.embedded.cards), try encoder.encode(checked.cards))
  }

  func testOneNameTwiceIsRefused() throws {
    let zoo = try JSONSerialization.jsonObject(with: Data(EmbeddedFile.text("zoo.json").utf8)) as! [String: Any]
    let first = (zoo["models"] as! [Any])[0]
    let twice = try JSONSerialization.data(withJSONObject: ["models": [first, first]])
    assertContains(
      complaint { _ = try ModelZoo(json: twice, origin: "z") }, "two models are named \"efficientnet_lite0\"")
  }

  func testSuggestions() {
    let names = ModelZoo.embedded.cards.map(\.name)
    XCTAssertEqual(Suggestions.close(to: "mobilnet", among: names).first, "mobilenet_v2")
    XCTAssertEqual(Suggestions.close(to: "squeezenet", among: names), ["squeezenet_1_1"])
    XCTAssertEqual(Suggestions.close(to: "YUNET", among: names), ["yunet"])
    XCTAssertEqual(Suggestions.close(to: "yunte", among: names), ["yunet"])
    XCTAssertEqual(Suggestions.close(to: "transformer", among: names), [])
    assertContains(
      complaint { _ = try ModelZoo.embedded.card(named: "yunett") }, "Did you mean yunet?",
      "All models: imgrec models list")
  }

  func testEditDistance() {
    XCTAssertEqual(Suggestions.editDistance(Array("kitten".utf8), Array("sitting".utf8)).whole, 3)
    XCTAssertEqual(Suggestions.editDistance([], Array("abc".utf8)).whole, 3)
    XCTAssertEqual(Suggestions.editDistance(Array("ab".utf8), Array("abc".utf8)).beginning, 0)
  }
}

final class LabelTests: XCTestCase {
  private func labels(_ text: String, _ form: ModelCard.LabelSource.Form) throws -> [String] {
    try LabelParser.labels(in: Data(text.utf8), form: form, origin: "l")
  }

  func testForms() throws {
    XCTAssertEqual(try labels("cat\r\n dog \n\n", .lines), ["cat", "dog"])
    XCTAssertEqual(try labels("\u{FEFF}cat\nhot dog, really", .lines), ["cat", "hot dog, really"])
    XCTAssertEqual(try labels("n01440764 tench, Tinca tinca\nn2 goldfish\n", .synset), ["tench", "goldfish"])
    XCTAssertEqual(try labels(#"["a, b", "c"]"#, .json), ["a, b", "c"])
    XCTAssertEqual(try labels(#"{"1": "b", "0": "a"}"#, .json), ["a", "b"])
    XCTAssertEqual(try labels(#"{"0": ["n01440764", "tench"]}"#, .json), ["tench"])
    XCTAssertEqual(try labels(#"{"0": "tabby, tabby cat"}"#, .jsonSynonyms), ["tabby"])
  }

  func testFaults() {
    assertContains(complaint { _ = try labels("", .lines) }, "l contains no labels")
    assertContains(complaint { _ = try labels("a\n\nb", .lines) }, "label 1 is empty")
    assertContains(complaint { _ = try labels("n1 a\ntench", .synset) }, "line 2")
    assertContains(complaint { _ = try labels("{", .json) }, "l is not JSON")
    assertContains(complaint { _ = try labels("3", .json) }, "a list of strings")
    assertContains(complaint { _ = try labels(#"{"0": "a", "2": "b"}"#, .json) }, "label 1 is missing")
    assertContains(complaint { _ = try labels(#"["a", 2]"#, .json) }, "label 1 is not a string")
    assertContains(
      complaint { _ = try LabelParser.labels(in: Data([0x61, 0xff]), form: .lines, origin: "l") }, "not UTF-8")
  }
}

final class LocationTests: XCTestCase {
  private func place(_ environment: [String: String]) throws -> String {
    try UserDirectories.models(environment: environment, currentDirectory: "/here")
  }

  func testOrder() throws {
    let all = ["IMGREC_MODELS": "/m", "XDG_DATA_HOME": "/x", "HOME": "/h"]
    XCTAssertEqual(try place(all), "/m")
    XCTAssertEqual(try place(all.filter { $0.key != "IMGREC_MODELS" }), "/x/imgrec/models")
    XCTAssertEqual(try place(["HOME": "/h"]), "/h/.local/share/imgrec/models")
    XCTAssertEqual(try place(["IMGREC_MODELS": "m", "HOME": "/h"]), "/here/m")
    XCTAssertEqual(
      try place(["IMGREC_MODELS": "", "XDG_DATA_HOME": "x", "HOME": "/h"]), "/h/.local/share/imgrec/models")
    XCTAssert(try place([:]).hasSuffix("/.local/share/imgrec/models"))
  }

  func testSizes() {
    XCTAssertEqual(ModelStore.size(999), "999 B")
    XCTAssertEqual(ModelStore.size(232_589), "233 kB")
    XCTAssertEqual(ModelStore.size(14_246_826), "14.2 MB")
  }
}
