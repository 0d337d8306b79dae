import Codecs
import Foundation
import Recognition
import TestSupport
import XCTest

/// `imgrec upscale` with the network that is inside the program.
final class UpscaleTests: XCTestCase {
  private let images = ImgrecCLI.fixtures.appendingPathComponent("images")
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func upscale(_ arguments: String..., environment: [String: String] = [:]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["upscale"] + arguments, environment: environment, folder: folder)
  }

  private func image(_ name: String) -> String { images.appendingPathComponent(name).path }

  private func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// A picture that a test makes up: smooth with edges, as text so that it needs no encoder.
  private func draw(_ name: String, width: Int, height: Int) throws {
    var text = "P3 \(width) \(height) 255\n"
    for y in 0..<height {
      for x in 0..<width {
        let edge = (x / 9 + y / 7) % 2 * 90
        text += "\((x * 3 + edge) % 256) \((y * 2 + edge) % 256) \((x + y) % 256) "
      }
    }
    try Data(text.utf8).write(to: file(name))
  }

  private func decode(_ url: URL) throws -> Picture {
    let bytes = try Data(contentsOf: url)
    return try bytes.withUnsafeBytes { raw in
      let decoder = ImageDecoder()
      let header = try decoder.header(of: raw)
      return try decoder.picture(raw, header: header, size: header.size, order: .rgb)
    }
  }

  /// The largest difference of two pictures of one size.
  private func difference(_ a: Picture, _ b: Picture) -> Int {
    XCTAssertEqual(a.pixels.size, b.pixels.size)
    return zip(a.pixels.bytes, b.pixels.bytes).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }

  func testOneFileToOneFile() throws {
    let result = try upscale(image("rgb.png"), "-o", "large.png")
    XCTAssertEqual(result.status, 0, result.err)
    let record = try XCTUnwrap(result.records().first)
    let answer = try XCTUnwrap(record["upscale"] as? [String: Any])
    XCTAssertEqual(answer["file"] as? String, "large.png")
    XCTAssertEqual(answer["scale"] as? Int, 3)
    XCTAssertEqual(answer["width"] as? Int, try XCTUnwrap(record["width"] as? Int) * 3)
    let (large, small) = (try decode(file("large.png")), try decode(images.appendingPathComponent("rgb.png")))
    XCTAssertEqual(large.pixels.size.height, small.pixels.size.height * 3)
    // What was enlarged is still the same picture.
    func mean(_ picture: Picture) -> Int {
      picture.pixels.bytes.reduce(0) { $0 + Int($1) } / picture.pixels.byteCount
    }
    XCTAssertEqual(mean(large), mean(small), accuracy: 2)
  }

  func testTilesAreNotSeen() throws {
    try draw("a.ppm", width: 150, height: 101)
    XCTAssertEqual(try upscale("a.ppm", "-o", "whole.png", "--tile", "256").status, 0)
    let tiled = try upscale("a.ppm", "-o", "tiled.png", "--tile", "48")
    let tiles = try XCTUnwrap(tiled.records().first?["upscale"] as? [String: Any])["tiles"] as? Int
    XCTAssertGreaterThan(try XCTUnwrap(tiles), 15)
    XCTAssertLessThanOrEqual(difference(try decode(file("whole.png")), try decode(file("tiled.png"))), 1)
  }

  func testEveryKindOfPictureHasItsRecord() throws {
    try draw("one.ppm", width: 1, height: 1)
    try draw("tall.ppm", width: 3, height: 400)
    let names = ["alpha.png", "alpha.webp", "grey.png", "rgb16.png", "cmyk.jpg", "palette_transparent.png"]
    let inputs = names.map(image) + ["one.ppm", "tall.ppm", ImgrecCLI.fixtures.path + "/damaged/bits.png"]
    let result = try ImgrecCLI.run(["upscale"] + inputs + ["-o", "out"], folder: folder)
    XCTAssertEqual(result.status, 1, result.err)
    let records = try result.records()
    XCTAssertEqual(records.map { $0["status"] as? String }, Array(repeating: "ok", count: 8) + ["error"])
    XCTAssertEqual(records[3]["warnings"] as? [String], ["png: 16 bits per sample are reduced to 8"])
    XCTAssertNotNil(try decode(file("out/alpha.png")).alpha)
    XCTAssertNotNil(try decode(file("out/alpha.webp")).alpha)
    XCTAssertNotNil(try decode(file("out/palette_transparent.png")).alpha)
    XCTAssertTrue(try decode(file("out/grey.png")).isGrey)
    XCTAssertEqual(try decode(file("out/one.png")).pixels.size, PixelSize(width: 3, height: 3))
    XCTAssertEqual(try decode(file("out/tall.png")).pixels.size, PixelSize(width: 9, height: 1200))
  }

  /// Cameras' files: the full view that a raw file embeds, and HEIC, written as what the format has (PNG).
  func testCameraRawAndHEIC() throws {
    for (name, turned) in [("raw/nikon.nef", false), ("modern/plain.heic", false), ("modern/turned6.heic", true)] {
      let input = ImgrecCLI.fixtures.appendingPathComponent(name).path
      let scan = try ImgrecCLI.run(["scan", "-q", "--cache", "off", "-m", ImgrecCLI.instantModel, input])
      let seen = try XCTUnwrap(scan.records().first)
      if (seen["error"] as? [String: Any])?["code"] as? String == "unsupported" { continue }
      let out = "\(URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent).png"
      let result = try upscale("--scale", "2", "--max-input", "20K", input, "-o", out)
      XCTAssertEqual(result.status, 0, result.err)
      let record = try XCTUnwrap(result.records().first)
      let size = try decode(file(out)).pixels.size
      XCTAssertEqual((record["upscale"] as? [String: Any])?["width"] as? Int, size.width)
      let (width, height) = try (XCTUnwrap(seen["width"] as? Int), XCTUnwrap(seen["height"] as? Int))
      let reduction = max(1, (Double(width * height) / 20_000).squareRoot())
      XCTAssertEqual(Double(size.width), Double(2 * width) / reduction, accuracy: 3, name)
      XCTAssertEqual(Double(size.height), Double(2 * height) / reduction, accuracy: 3, name)
      if turned { XCTAssertLessThan(size.width, size.height) }
    }
    let raw = ImgrecCLI.fixtures.appendingPathComponent("raw/nikon.nef").path
    let named = try upscale("--dry-run", raw, "-o", "out")
    XCTAssertEqual(named.status, 0, named.err)
    XCTAssertEqual(named.text, "\(raw)\tout/nikon.png\n")
  }

  func testOnePixelKeepsItsColour() throws {
    try Data("P3 1 1 255 90 140 60\n".utf8).write(to: file("one.ppm"))
    XCTAssertEqual(try upscale("one.ppm", "-o", "one.png").status, 0)
    let picture = try decode(file("one.png"))
    let colour = withExtendedLifetime(picture) { Array(picture.pixels.bytes.prefix(3)) }
    for (value, wanted) in zip(colour, [90, 140, 60]) {
      XCTAssertEqual(Int(value), wanted, accuracy: 6)
    }
  }

  func testOrientationIsAppliedAndThenSaidToBe() throws {
    for name in ["exif_6.jpg", "exif_8.png", "exif_5.webp"] {
      XCTAssertEqual(try upscale(image(name), "-o", name).status, 0)
      let again = try upscale(name, "-o", "again.png", "--on-exists", "overwrite")
      XCTAssertEqual(try XCTUnwrap(again.records().first)["orientation"] as? Int, 1)
      let (small, large) = (try decode(images.appendingPathComponent(name)), try decode(file(name)))
      XCTAssertEqual(large.pixels.size.width, small.pixels.size.width * 3)
    }
  }

  func testWhatIsThereAlready() throws {
    try draw("a.ppm", width: 20, height: 20)
    XCTAssertEqual(try upscale("a.ppm", "-o", "out").status, 0)
    let refused = try upscale("a.ppm", "-o", "out")
    XCTAssertEqual(refused.status, 1)
    XCTAssertEqual(try XCTUnwrap(refused.records()[0]["error"] as? [String: Any])["code"] as? String, "exists")
    let kept = try upscale("a.ppm", "-o", "out", "--on-exists", "skip")
    XCTAssertEqual(try XCTUnwrap(kept.records()[0]["upscale"] as? [String: Any])["kept"] as? Bool, true)
    let renamed = try upscale("a.ppm", "-o", "out", "--on-exists", "rename")
    XCTAssertEqual(try XCTUnwrap(renamed.records()[0]["upscale"] as? [String: Any])["file"] as? String, "out/a-1.png")
    try Data("old".utf8).write(to: file("out/a.png"))
    XCTAssertEqual(try upscale("a.ppm", "-o", "out", "--on-exists", "overwrite").status, 0)
    XCTAssertEqual(try decode(file("out/a.png")).pixels.size.width, 60)
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: file("out").path).sorted(), ["a-1.png", "a.png"])
  }

  /// A photo reduced to a third, antialiased or by leaving pixels out.
  private func reduced(isAntialiased: Bool) throws -> PixelBuffer {
    let bytes = try Data(contentsOf: ImgrecCLI.photos().appendingPathComponent("astronaut.png"))
    return try bytes.withUnsafeBytes { raw in
      let decoder = ImageDecoder()
      let header = try decoder.header(of: raw)
      let small = PixelSize(width: header.size.width / 3, height: header.size.height / 3)
      if isAntialiased { return try decoder.picture(raw, header: header, size: small, order: .rgb).pixels }
      let whole = try decoder.picture(raw, header: header, size: header.size, order: .rgb).pixels
      let result = PixelBuffer(size: small, order: .rgb)
      for y in 0..<small.height {
        for x in 0..<small.width {
          for c in 0..<3 { result.base[y * result.stride + x * 3 + c] = whole.base[y * 3 * whole.stride + x * 9 + c] }
        }
      }
      return result
    }
  }

  func testTheNetworkFollowsThePicture() throws {
    for (name, isAntialiased) in [("clean", true), ("aliased", false)] {
      let picture = try reduced(isAntialiased: isAntialiased)
      for kind in [EncodedFormat.png, .jpeg] {
        let bytes = try ImageEncoder.encode(picture, as: kind, quality: 90)
        try Data(bytes).write(to: file("\(name).\(kind.fileExtension)"))
      }
    }
    func networks(_ arguments: String...) throws -> [String] {
      let result = try ImgrecCLI.run(
        ["upscale", "clean.png", "clean.jpg", "aliased.png", "-o", UUID().uuidString] + arguments, folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      return try result.records().map { record in
        let name = try XCTUnwrap(XCTUnwrap(record["models"] as? [String: String])["upscale"])
        return String(name.prefix { $0 != "@" })
      }
    }
    let photo = "edsr_photo_x3"
    XCTAssertEqual(try networks(), ["edsr_lite_x3", photo, photo])
    XCTAssertEqual(try networks("--model", photo), [photo, photo, photo])
    XCTAssertEqual(try networks("--model", "edsr_lite_x3"), Array(repeating: "edsr_lite_x3", count: 3))
    XCTAssertEqual(try networks("--scale", "2"), Array(repeating: "edsr_photo_x2", count: 3))
    XCTAssertEqual(try networks("--scale", "4"), Array(repeating: "edsr_photo_x4", count: 3))
  }

  func testNamesThatWouldBeOneAreFoundBeforeWorkStarts() throws {
    try draw("a.ppm", width: 8, height: 8)
    try draw("a.pnm", width: 8, height: 8)
    try draw("b.ppm", width: 8, height: 8)
    let result = try upscale(".", "-o", "../out-\(UUID().uuidString)")
    XCTAssertEqual(result.status, 2)
    XCTAssertTrue(result.err.contains("a.pnm") && result.err.contains("a.ppm"), result.err)
    // A list cannot be read twice: the second is refused when it comes.
    let listed = try ImgrecCLI.run(
      ["upscale", "-", "-o", "out"], input: Data("a.ppm\na.pnm\n".utf8), folder: folder)
    XCTAssertEqual(try listed.records().map { $0["status"] as? String }, ["ok", "error"])
  }

  func testWhatMakesNoSenseIsSaid() throws {
    try draw("in/a.ppm", width: 8, height: 8, makingFolder: true)
    for (arguments, word) in [
      (["in", "-o", "./in"], "is the input in"), (["in", "-o", "x.png"], "one file"),
      (["in", "-o", "-"], "one picture"),
      (["in", "-o", "out", "--scale", "7"], "no model upscales 7 times"),
      (["in", "-o", "out", "-m", "mobilenet_v2"], "does not upscale"),
      (["in", "-o", "out", "-m", "edsr_lite_x3", "--scale", "2"], "3 times"),
      (["in/a.ppm", "-o", "out.gif"], ".jpg, .png or .webp"),
    ] {
      let result = try ImgrecCLI.run(["upscale"] + arguments, folder: folder)
      XCTAssertEqual(result.status, word == "is the input in" ? 2 : 64, "\(arguments)")
      XCTAssertTrue(result.err.contains(word), result.err)
    }
    let scan = try ImgrecCLI.run(["scan", "--task", "upscale", "in"], folder: folder)
    XCTAssertEqual(scan.status, 64)
    XCTAssertTrue(scan.err.contains("imgrec upscale"), scan.err)
    XCTAssertTrue(
      try ImgrecCLI.run(["scan", "-m", "edsr_lite_x3", "in"], folder: folder).err.contains("imgrec upscale"))
  }

  private func draw(_ name: String, width: Int, height: Int, makingFolder: Bool) throws {
    let parent = file(name).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
    try draw(name, width: width, height: height)
  }

  func testAnOutputFolderInTheInputIsLeftOut() throws {
    try draw("in/a.ppm", width: 8, height: 8, makingFolder: true)
    for policy in ["error", "skip", "overwrite"] {
      let result = try upscale("in", "-o", "in/large", "--on-exists", policy)
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(try result.records().count, 1, policy)
      XCTAssertTrue(result.err.contains("in/large lies in in and is left out"), result.err)
    }
  }

  func testAnInputIsNotReplaced() throws {
    for name in ["a.png", "b.png"] {
      try FileManager.default.copyItem(at: images.appendingPathComponent("rgb.png"), to: file(name))
    }
    let before = try Data(contentsOf: file("a.png"))
    for arguments in [["a.png", "-o", "a.png"], ["b.png", "-o", "a.png"], ["a.png", "b.png", "-o", "."]] {
      let result = try ImgrecCLI.run(["upscale", "--on-exists", "overwrite"] + arguments, folder: folder)
      let isInput = arguments != ["b.png", "-o", "a.png"]
      XCTAssertEqual(result.status, isInput ? 2 : 0, "\(arguments): \(result.err)")
      if isInput {
        XCTAssertTrue(result.err.contains("would replace the input"), result.err)
        XCTAssertEqual(try Data(contentsOf: file("a.png")), before)
      } else {
        try before.write(to: file("a.png"))
      }
    }
  }

  func testStandardOutputIsThePictureAlone() throws {
    let result = try upscale(image("grey.jpg"), "-o", "-", "--format", "webp", "-q")
    XCTAssertEqual(result.status, 0, result.err)
    XCTAssertEqual(result.out.prefix(4), Data("RIFF".utf8))
  }

  func testInputsCanBeReducedFirst() throws {
    try draw("a.ppm", width: 100, height: 60)
    let result = try upscale("a.ppm", "-o", "a.png", "--max-input", "1500", "--compare")
    let answer = try XCTUnwrap(result.records().first?["upscale"] as? [String: Any])
    XCTAssertEqual(answer["width"] as? Int, 150)
    XCTAssertEqual(answer["height"] as? Int, 90)
    XCTAssertNoThrow(try decode(file("a.png.compare.png")))
  }

  func testWithoutANetworkConnectionAndWithoutAStore() throws {
    try draw("a.ppm", width: 12, height: 12)
    let result = try upscale("a.ppm", "-o", "a.png", environment: ["IMGREC_MODELS": "/proc/none"])
    XCTAssertEqual(result.status, 0, result.err)
  }

  func testKilledInTheMiddleAndRunAgain() throws {
    for n in 0..<12 { try draw("in/\(n).ppm", width: 90 + n, height: 80, makingFolder: true) }
    let paths = (0..<12).map { "in/\($0).ppm" }
    let arguments = ["upscale", "-", "-o", "out"]
    let process = ImgrecCLI.process(arguments + ["--order", "done"], folder: folder)
    // The run cannot end before the other inputs come.
    let input = try HeldInput()
    try input.send(paths.prefix(8))
    process.standardInput = input.handle
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let out = file("out/in").path
    func names() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: out)) ?? [] }
    try waitUntil("three pictures are written") { names().count >= 3 }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let finished = names()
    XCTAssertEqual(process.terminationReason, .uncaughtSignal)
    XCTAssertTrue((3...8).contains(finished.count), "\(finished)")
    for name in finished { XCTAssertNoThrow(try decode(file("out/in/\(name)")), name) }
    let list = Data((paths.joined(separator: "\n") + "\n").utf8)
    let again = try ImgrecCLI.run(arguments + ["--on-exists", "skip"], input: list, folder: folder)
    XCTAssertEqual(again.status, 0, again.err)
    let kept = try again.records().count { ($0["upscale"] as? [String: Any])?["kept"] != nil }
    XCTAssertEqual(kept, finished.count)
    XCTAssertEqual(names().sorted(), (0..<12).map { "\($0).png" }.sorted())
  }

  /// With the files of other networks in IMGREC_SR_MODELS, named as upstream names them.
  func testOtherNetworksOfTheZoo() throws {
    guard let source = ProcessInfo.processInfo.environment["IMGREC_SR_MODELS"] else {
      throw XCTSkip("IMGREC_SR_MODELS names no folder with FSRCNN_x2.pb and its kin")
    }
    try draw("a.ppm", width: 60, height: 45)
    var tried = 0
    for family in ["FSRCNN", "ESPCN", "EDSR"] {
      for scale in 2...4 {
        let network = URL(fileURLWithPath: source).appendingPathComponent("\(family)_x\(scale).pb")
        guard FileManager.default.fileExists(atPath: network.path) else { continue }
        let name = "\(family.lowercased())_x\(scale)"
        let store = file("models/\(name)")
        try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: network, to: store.appendingPathComponent(network.lastPathComponent))
        let result = try upscale(
          "-m", name, "a.ppm", "-o", "\(name).png", environment: ["IMGREC_MODELS": file("models").path])
        XCTAssertEqual(result.status, 0, result.err)
        XCTAssertEqual(try decode(file("\(name).png")).pixels.size.width, 60 * scale)
        tried += 1
      }
    }
    XCTAssertGreaterThan(tried, 0)
  }

  /// With carn_m.pth in IMGREC_SR_MODELS: the converted networks equal PyTorch, on every engine.
  func testConvertedNetworksEqualPyTorch() throws {
    let source = ProcessInfo.processInfo.environment["IMGREC_SR_MODELS"].map { "\($0)/carn_m.pth" } ?? ""
    guard FileManager.default.fileExists(atPath: source) else {
      throw XCTSkip("IMGREC_SR_MODELS names no folder with carn_m.pth")
    }
    let answers = ImgrecCLI.fixtures.appendingPathComponent("models/carn_m")
    let environment = ["IMGREC_MODELS": file("models").path]
    for scale in 2...4 {
      let name = "carn_m_x\(scale)"
      let store = file("models/\(name)")
      try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: source, toPath: store.appendingPathComponent("carn_m.pth").path)
      let pull = try ImgrecCLI.run(["models", "pull", name], environment: environment, folder: folder)
      XCTAssertEqual(pull.status, 0, pull.err)
      let right = try decode(answers.appendingPathComponent("x\(scale).png"))
      for engine in ["opencv", "openvino", "onnxruntime"] {
        let out = "\(name)-\(engine).png"
        let result = try upscale(
          "-m", name, "--engine", engine, "--tile", "64", answers.appendingPathComponent("input.png").path, "-o", out,
          environment: environment)
        if result.err.contains("is not installed") { continue }
        XCTAssertEqual(result.status, 0, result.err)
        XCTAssertLessThanOrEqual(difference(try decode(file(out)), right), 1, out)
      }
    }
  }
}
