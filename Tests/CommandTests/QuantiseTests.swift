import Foundation
import ModelFiles
import Platform
import Recognition
import XCTest

@testable import imgrec

/// `imgrec models quantise`.
final class QuantiseTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func quantise(_ arguments: String..., environment: [String: String] = [:]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["models", "quantise"] + arguments, environment: environment, folder: folder)
  }

  /// Copies of a network with its card, and 30 small pictures.
  private func makeInputs() throws {
    let model = URL(fileURLWithPath: ImgrecCLI.instantModel)
    for ending in ["onnx", "json"] {
      try FileManager.default.copyItem(
        at: model.deletingPathExtension().appendingPathExtension(ending),
        to: folder.appendingPathComponent("mean.\(ending)"))
    }
    let photos = folder.appendingPathComponent("photos")
    try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
    for n in 0..<30 {
      let pixels = (0..<192).map { UInt8(truncatingIfNeeded: $0 * (n + 3)) }
      try Data("P6 8 8 255\n".utf8 + pixels).write(to: photos.appendingPathComponent("\(n).ppm"))
    }
  }

  func testMistakesAreFoundBeforeAnythingIsFetched() throws {
    try makeInputs()
    try Data().write(to: folder.appendingPathComponent("mean.int8.onnx"))
    let few = folder.appendingPathComponent("few")
    try FileManager.default.createDirectory(at: few, withIntermediateDirectories: true)
    try Data("P6 1 1 255\nabc".utf8).write(to: few.appendingPathComponent("a.ppm"))
    try Data("0.ppm,nothing\n".utf8).write(to: folder.appendingPathComponent("wrong.csv"))
    let offline = ["PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PATH": "/nowhere"]
    for (arguments, problem, advice) in [
      (["mean.onnx", "--images", "photos"], "has an int8 network", "--force"),
      (["mean.onnx", "--images", "few", "--force"], "1 images are too few", "--images"),
      (["mean.onnx", "--images", "nowhere", "--force"], "nowhere", "nowhere"),
      (
        ["mean.onnx", "--images", "photos", "--force", "--labels-from", "wrong.csv"], "\"nothing\" is no label",
        "imgrec models info"
      ),
      (["mean.onnx", "--images", "photos", "--force"], "python3 is required to quantise", "apt-get install python3"),
    ] {
      let result = try ImgrecCLI.run(["models", "quantise"] + arguments, environment: offline, folder: folder)
      XCTAssertEqual(result.status, 2, result.err)
      XCTAssertTrue(result.err.contains(problem), result.err)
      XCTAssertTrue(result.err.contains(advice), result.err)
      XCTAssertLessThanOrEqual(result.err.split(separator: "\n").count, 2, result.err)
    }
    XCTAssertEqual(FileSystem.size(folder.appendingPathComponent("mean.int8.onnx").path), 0, "it is left alone")
  }

  func testWithoutAConnectionTheErrorSaysWhatToDo() throws {
    guard Subprocess.find("python3") != nil else { throw XCTSkip("python3 is not installed") }
    try makeInputs()
    let result = try quantise(
      "mean.onnx", "--images", "photos",
      environment: [
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "XDG_CACHE_HOME": folder.path, "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_CACHE_DIR": "1",
      ])
    XCTAssertEqual(result.status, 2, result.err)
    XCTAssertTrue(result.err.contains("the packages that quantise networks cannot be installed: "), result.err)
    XCTAssertTrue(result.err.contains("PIP_INDEX_URL"), result.err)
    XCTAssertNil(FileSystem.size(folder.appendingPathComponent("mean.int8.onnx").path))
  }

  /// The real quantiser, with its packages from the package index.
  func testAnInt8NetworkFromImages() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("mobilenet_v2")
    let models = folder.appendingPathComponent("models")
    try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: ImgrecCLI.models.appendingPathComponent("mobilenet_v2"), to: models.appendingPathComponent("mobilenet_v2"))
    let images = folder.appendingPathComponent("images")
    try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: photos.path) {
      for n in 0..<3 {
        try FileManager.default.createSymbolicLink(
          at: images.appendingPathComponent("\(n)-\(name)"), withDestinationURL: photos.appendingPathComponent(name))
      }
    }
    let environment = ["IMGREC_MODELS": models.path]
    let result = try quantise(
      "mobilenet_v2", "--images", "images", "--calibrate", "9", "--json", environment: environment)
    if result.status != 0, result.err.contains("cannot be installed") || result.err.contains("python3 is required") {
      throw XCTSkip("the quantiser cannot be fetched: \(result.err)")
    }
    XCTAssertEqual(result.status, 0, result.err)
    let report = try XCTUnwrap(JSONSerialization.jsonObject(with: result.out) as? [String: Any])
    XCTAssertEqual(report["schema"] as? String, "imgrec-quantise/1")
    XCTAssertEqual(report["calibrated"] as? Int, 9)
    XCTAssertEqual(report["compared"] as? Int, 5)
    let path = try XCTUnwrap(report["path"] as? String)
    XCTAssertEqual(path, models.appendingPathComponent("mobilenet_v2/mobilenetv2-7.int8.onnx").path)
    XCTAssertLessThan(try XCTUnwrap(FileSystem.size(path)), 5_000_000)
    let network = models.appendingPathComponent("mobilenet_v2/mobilenetv2-7.onnx").path
    XCTAssertEqual(
      try MappedFile(RawPath(path)).withBytes { ONNXModel($0).metadata["imgrec.origin"] },
      try FileSystem.digest(network).hex)

    // It has a name of its own in records, and so in the cache.
    let names = try ["f32", "int8"].map { precision in
      let record = try ImgrecCLI.run(
        [
          "scan", "-q", "-m", "mobilenet_v2", "--precision", precision,
          photos.appendingPathComponent("chelsea.png").path,
        ],
        environment: environment
      ).records().first
      return (record?["models"] as? [String: String])?["classify"]
    }
    XCTAssertNotNil(names[1])
    XCTAssertNotEqual(names[0], names[1])
    let again = try quantise("mobilenet_v2", "--images", "images", environment: environment)
    XCTAssertTrue(again.err.contains("has an int8 network") && again.err.contains("--force"), again.err)
  }

  /// A network that was trained further under its old name must not be answered for by its int8 network.
  func testAnInt8NetworkOfAnotherNetworkIsRefused() throws {
    try makeInputs()
    func network(_ name: String, _ metadata: (String, String)...) throws {
      var entries = ProtobufWriter()
      for (key, value) in metadata {
        var entry = ProtobufWriter()
        entry.append(1, bytes: Array(key.utf8))
        entry.append(2, bytes: Array(value.utf8))
        entries.append(14, bytes: entry.bytes)
      }
      let model = try Data(contentsOf: URL(fileURLWithPath: ImgrecCLI.instantModel))
      try (model + entries.bytes).write(to: folder.appendingPathComponent(name))
    }
    func scan(_ arguments: String...) throws -> ImgrecCLI.Result {
      try ImgrecCLI.run(["scan", "-q", "--precision", "int8"] + arguments + ["photos/0.ppm"], folder: folder)
    }
    let digest = try FileSystem.digest(folder.appendingPathComponent("mean.onnx").path).hex
    let refusal = "the int8 network of mean was made from another network than it has now: "
    try network("mean.int8.onnx")
    XCTAssertFalse(try scan("-m", "mean.onnx").err.contains(refusal), "it does not say")
    try network("mean.int8.onnx", ("imgrec.origin", digest))
    XCTAssertFalse(try scan("-m", "mean.onnx").err.contains(refusal))
    try network("mean.onnx", ("epoch", "2"))
    let result = try scan("-m", "mean.onnx")
    XCTAssertEqual(result.status, 2, result.err)
    XCTAssertTrue(result.err.contains(refusal), result.err)
    XCTAssertTrue(result.err.contains("/mean.onnx --images DIR --force"), result.err)
    XCTAssertTrue(result.err.contains("imgrec models quantise "), result.err)

    // The heavy model of a cascade runs in f32 if it has no int8 network, but not in place of one of another network.
    try network("mean.onnx")
    try network("heavy.onnx", ("epoch", "3"))
    try network("heavy.int8.onnx", ("imgrec.origin", digest))
    let card = try String(contentsOf: folder.appendingPathComponent("mean.json"), encoding: .utf8)
    try card.replacing("\"mean\"", with: "\"heavy\"", maxReplacements: 1).replacing("mean.onnx", with: "heavy.onnx")
      .write(to: folder.appendingPathComponent("heavy.json"), atomically: true, encoding: .utf8)
    let cascade = try scan("--cascade", "mean.onnx,heavy.onnx")
    XCTAssertEqual(cascade.status, 2, cascade.err)
    XCTAssertTrue(cascade.err.contains(refusal.replacing("mean", with: "heavy")), cascade.err)
  }

  func testEveryFifthImageIsHeldOut() {
    let parts = QuantisationSample.parts(27, calibrating: 9)
    XCTAssertEqual(parts.heldOut, [4, 9, 14, 19, 24])
    XCTAssertEqual(parts.calibrating.count, 9)
    XCTAssertTrue(Set(parts.heldOut).isDisjoint(with: parts.calibrating))
    XCTAssertGreaterThan(parts.calibrating.last ?? 0, 20, "from all parts of the folder")
    XCTAssertEqual(QuantisationSample.parts(20_000, calibrating: 50_000).heldOut.count, 1000)
    XCTAssertEqual(QuantisationSample.parts(0, calibrating: 5).calibrating, [])
  }

  func testTheRightClasses() throws {
    let labels = ["Egyptian cat", "tabby", "tiger-cat"]
    let byFolder = ClassTruth(labels: labels)
    XCTAssertEqual(byFolder.label(of: RawPath("photos/egyptian_cat/1.jpg")), 0)
    XCTAssertEqual(byFolder.label(of: RawPath("photos/tiger cat/1.jpg")), 2)
    XCTAssertNil(byFolder.label(of: RawPath("photos/1.jpg")))
    let file = folder.appendingPathComponent("labels.csv")
    try Data("path,label\na/1.jpg,tabby\n\"b, 2.jpg\",9\n".utf8).write(to: file)
    XCTAssertThrowsError(try ClassTruth(file: file.path, folder: "photos", labels: labels))
    try Data("path,label\na/1.jpg,tabby\r\n/x/2.jpg,2\n3.jpg\t0\n".utf8).write(to: file)
    let listed = try ClassTruth(file: file.path, folder: "photos", labels: labels)
    XCTAssertEqual(listed.label(of: RawPath("photos/a/1.jpg")), 1)
    XCTAssertEqual(listed.label(of: RawPath("/x/2.jpg")), 2)
    XCTAssertEqual(listed.label(of: RawPath("photos/3.jpg")), 0)
    XCTAssertNil(listed.label(of: RawPath("photos/tabby/4.jpg")))
  }
}
