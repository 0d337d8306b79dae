import XCTest

/// Answers of every kind of task come back from the cache.
final class CachedTaskTests: XCTestCase {
  func testMeasuresAndVectorsAreCached() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("mobilenet_v2_features")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let environment = ["XDG_CACHE_HOME": folder.path]
    for task in ["quality", "embed"] {
      let arguments = ["scan", photos.path, "--task", task, "-q"]
      let first = try ImgrecCLI.run(arguments, environment: environment).records()
      let second = try ImgrecCLI.run(arguments, environment: environment).records()
      XCTAssertFalse(first.isEmpty)
      XCTAssertEqual(Set(first.compactMap { $0["cache"] as? String }), ["miss"], task)
      XCTAssertEqual(Set(second.compactMap { $0["cache"] as? String }), ["hit"], task)
      for (fresh, cached) in zip(first, second) {
        XCTAssertEqual(fresh[task] as? NSDictionary, cached[task] as? NSDictionary, "\(fresh["path"] ?? "")")
      }
    }
    XCTAssertEqual(try ImgrecCLI.run(["cache", "verify"], environment: environment).status, 0)
  }
}
