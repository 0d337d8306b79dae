import Foundation
import XCTest

/// Camera raw files through the real executable.
final class CameraRawCommandTests: XCTestCase {
  private let folder = ImgrecCLI.fixtures.appendingPathComponent("raw")

  private func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-raw-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    addTeardownBlock { try? FileManager.default.removeItem(at: folder) }
    return folder
  }

  /// The largest JPEG of a drawn file, from its last beginning on: the previews are drawn after all fields.
  private func preview(_ name: String) throws -> Data {
    let data = try Data(contentsOf: folder.appendingPathComponent(name))
    let start = try XCTUnwrap(data.range(of: Data([0xFF, 0xD8, 0xFF]))?.lowerBound)
    return data[start...]
  }

  func testRecordsNameTheMakersKind() throws {
    let cache = ["XDG_CACHE_HOME": try temporaryFolder().path]
    let arguments = ["scan", folder.path, "--model", ImgrecCLI.instantModel]
    let first = try ImgrecCLI.run(arguments, environment: cache)
    let records = try first.records()
    XCTAssertEqual(records.count, 18)
    for record in records {
      let path = URL(fileURLWithPath: try XCTUnwrap(record["path"] as? String))
      XCTAssertEqual(record["format"] as? String, path.pathExtension, path.lastPathComponent)
      let fails = ["thumbnail.nef", "minolta.mrw"].contains(path.lastPathComponent)
      if path.lastPathComponent != "sensor.dng" { XCTAssertEqual(record["error"] != nil, fails, "\(record)") }
      if !fails { XCTAssertNotNil(record["width"], "\(record)") }
    }
    // The same from the cache.
    let second = try ImgrecCLI.run(arguments, environment: cache).records()
    for (a, b) in zip(records, second) {
      for key in ["path", "format", "width", "height", "orientation"] {
        XCTAssertEqual(a[key] as? NSObject, b[key] as? NSObject, key)
      }
      if b["error"] == nil { XCTAssertEqual(b["cache"] as? String, "hit", "\(b)") }
    }
  }

  func testARawFileRanksBeforeTheJPEGOfItsShot() throws {
    let shots = try temporaryFolder()
    try FileManager.default.copyItem(
      at: folder.appendingPathComponent("nikon.nef"), to: shots.appendingPathComponent("z.nef"))
    try preview("nikon.nef").write(to: shots.appendingPathComponent("a.jpg"))
    let result = try ImgrecCLI.run(["similar", shots.path, "--keep", "largest", "--format", "jsonl"])
    let group = try XCTUnwrap(result.records().first, result.err)
    let images = try XCTUnwrap(group["images"] as? [[String: Any]], "\(group)")
    XCTAssertEqual(images.compactMap { ($0["path"] as? String)?.split(separator: "/").last }, ["z.nef", "a.jpg"])
  }

  func testDrawingsAndUpscalingWorkFromThePreview() throws {
    let out = try temporaryFolder()
    let result = try ImgrecCLI.run(
      ["scan", folder.appendingPathComponent("turned.nef").path] + ImgrecCLI.instantDetector + [
        "--cache", "off", "--annotate", out.path,
      ])
    XCTAssertEqual(result.status, 0, result.err)
    let drawn = try FileManager.default.contentsOfDirectory(atPath: out.path)
    XCTAssertEqual(drawn.count, 1)
    let again = try ImgrecCLI.run(
      ["scan", out.path, "--model", ImgrecCLI.instantModel, "--cache", "off"]
    ).records()
    XCTAssertEqual(again.first?["width"] as? Int, 854)
    XCTAssertEqual(again.first?["height"] as? Int, 1280)
  }

  /// No library of a format is opened that no image of the run needs.
  func testAJPEGOpensNoOtherLibraries() throws {
    let photo = ImgrecCLI.fixtures.appendingPathComponent("images/photo.jpg").path
    let libraries = [
      "libraw", "libheif", "libjxl", "libgif", "libdcm", "libopenjp2", "libtiff", "libwebp", "liblmdb",
      "libZXing",
    ]
    for arguments in [["--version"], ["scan", photo, "--model", ImgrecCLI.instantModel, "--cache", "off"]] {
      // The dynamic linker reports every file that it opens.
      let result = try ImgrecCLI.run(arguments, environment: ["LD_DEBUG": "files"])
      XCTAssertEqual(result.status, 0)
      try XCTSkipIf(!result.err.contains("libc.so"), "the dynamic linker reports nothing")
      for library in libraries { XCTAssertFalse(result.err.contains(library), "\(arguments[0]): \(library)") }
    }
  }
}
