import Foundation
import XCTest

/// `imgrec search --like`: the photo is looked at by the network of the records.
final class SearchPhotoTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("mobilenet_v2_features")
    folder = try ImgrecCLI.temporaryFolder()
    try FileManager.default.createSymbolicLink(
      at: folder.appendingPathComponent("photos"), withDestinationURL: photos)
    let scan = try ImgrecCLI.run(
      ["scan", "-q", "--task", "embed", "photos", "-o", "vectors.jsonl"], folder: folder)
    XCTAssertEqual(scan.status, 0, scan.err)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func search(_ arguments: String..., input: Data? = nil) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["search"] + arguments, input: input, folder: folder)
  }

  func testFindsTheNearestPhotos() throws {
    let records = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("vectors.jsonl")))
    var vectors: [String: [Float]] = [:]
    for record in records {
      let embed = try XCTUnwrap(record["embed"] as? [String: Any])
      let data = try XCTUnwrap(Data(base64Encoded: XCTUnwrap(embed["values"] as? String)))
      vectors[try XCTUnwrap(record["path"] as? String)] = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }
    let query = try XCTUnwrap(vectors["photos/chelsea.png"])
    let expected = vectors.mapValues { VectorSet.cosine(query, $0) }.sorted { $0.value > $1.value }
    let result = try search("vectors.jsonl", "--like", "photos/chelsea.png")
    XCTAssertEqual(result.status, 0, result.err)
    let found = try result.records()
    XCTAssertEqual(found.map { $0["path"] as? String }, expected.map(\.key))
    for (record, (_, score)) in zip(found, expected) {
      // Another run of the network, on an input of another batch.
      let found = try XCTUnwrap((record["search"] as? [String: Any])?["score"] as? Double)
      XCTAssertEqual(found, score, accuracy: 1e-4)
    }
    // Records as they were, but for the key.
    for record in found {
      var rest = record
      rest["search"] = nil
      let original = try XCTUnwrap(records.first { $0["path"] as? String == record["path"] as? String })
      XCTAssertEqual(rest as NSDictionary, original as NSDictionary)
    }
  }

  func testLikeAndIdAgree() throws {
    let photo = try search("vectors.jsonl", "--like", "photos/bus.jpg", "--format", "paths").text.split(separator: "\n")
    let record = try search("vectors.jsonl", "--id", "photos/bus.jpg", "--format", "paths").text.split(separator: "\n")
    XCTAssertEqual(photo.first, "photos/bus.jpg")
    XCTAssertEqual(Array(photo.dropFirst()), record)
    // The mean of two: both are near it, and nothing is nearer.
    let both = try search(
      "vectors.jsonl", "--like", "photos/bus.jpg", "--like", "photos/coffee.png", "--format", "paths", "-n", "2")
    XCTAssertEqual(Set(both.text.split(separator: "\n")), ["photos/bus.jpg", "photos/coffee.png"], both.err)
    let folder = try search("vectors.jsonl", "--like", "photos", "--format", "paths")
    XCTAssertEqual(folder.text.split(separator: "\n").count, 9, folder.err)
  }

  func testOtherCommandsTakeWhatIsFound() throws {
    let result = try ImgrecCLI.shell(
      "imgrec search -q vectors.jsonl --like photos/bus.jpg --min-score .55 | imgrec sort --into near --by status",
      folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    let found = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("near/ok").path)
    XCTAssertTrue(found.contains("bus.jpg"))
    XCTAssertLessThan(found.count, 9)
    // What was found before is searched again, and ranked again.
    let again = try ImgrecCLI.shell(
      "imgrec search -q vectors.jsonl --like photos/bus.jpg | imgrec search -q --id photos/zidane.jpg", folder: folder)
    let ranks = try again.records().map { ($0["search"] as? [String: Any])?["rank"] as? Int }
    XCTAssertEqual(ranks, Array(1...8), again.err)
    XCTAssertEqual(again.text.components(separatedBy: "\"search\"").count, 9)
  }

  func testRowsOfAScan() throws {
    let scan = try ImgrecCLI.run(
      ["scan", "-q", "--task", "embed,quality", "photos", "--npy", "v.npy", "-o", "rows.jsonl"], folder: folder)
    XCTAssertEqual(scan.status, 0, scan.err)
    let rows = try search("rows.jsonl", "--like", "photos/bus.jpg", "--format", "paths")
    let values = try search("vectors.jsonl", "--like", "photos/bus.jpg", "--format", "paths")
    XCTAssertEqual(rows.text, values.text, rows.err)
    let elsewhere = try ImgrecCLI.run(
      ["search", folder.appendingPathComponent("rows.jsonl").path, "--root", folder.path, "--id", "photos/bus.jpg"],
      folder: FileManager.default.temporaryDirectory)
    XCTAssertEqual(try elsewhere.records().count, 8, elsewhere.err)
  }

  func testNetworksThatDoNotFit() throws {
    let records = try String(contentsOf: folder.appendingPathComponent("vectors.jsonl"), encoding: .utf8)
    let reference = try XCTUnwrap(records.firstMatch(of: /mobilenet_v2_features@[0-9a-f]{8}/)).output
    func problem(_ model: String, _ arguments: String...) throws -> String {
      let input = Data(records.replacingOccurrences(of: reference, with: model).utf8)
      let result = try ImgrecCLI.run(
        ["search", "--like", "photos/bus.jpg"] + arguments, input: input, folder: folder)
      XCTAssertEqual(result.status == 0, false, result.err)
      XCTAssertEqual(result.err.split(separator: "\n").count, 2, result.err)
      return result.err
    }
    XCTAssertTrue(try problem("mobilenet_v2_features@01234567").contains("is installed\nScan again"))
    XCTAssertTrue(try problem("mine@01234567").contains("no network of the zoo\nName its file: --model FILE"))
    XCTAssertTrue(try problem("mine@01234567", "-m", "yunet").contains("its task is faces"))
    XCTAssertTrue(try problem("mine@01234567", "-m", "mobilenet_v2_features").contains("no record has a vector of"))
    let text = try search("vectors.jsonl", "--like", "vectors.jsonl")
    XCTAssertEqual(text.status, 2)
    XCTAssertTrue(text.err.contains("--like vectors.jsonl: it is no image"), text.err)
    // A network that is not installed: how to get it.
    let empty = try ImgrecCLI.run(
      ["search", "vectors.jsonl", "--like", "photos/bus.jpg"],
      environment: ["IMGREC_MODELS": folder.appendingPathComponent("none").path], folder: folder)
    XCTAssertEqual(empty.status, 2)
    XCTAssertTrue(empty.err.contains("imgrec models pull mobilenet_v2_features"), empty.err)
  }

  func testVectorsOfTheCache() throws {
    let scan = try ImgrecCLI.run(["scan", "-q", "-m", ImgrecCLI.instantModel, "photos"], folder: folder)
    XCTAssertEqual(scan.status, 0, scan.err)
    let found = try search("--like", "photos/bus.jpg", "--format", "paths", input: scan.out)
    let expected = try search("vectors.jsonl", "--like", "photos/bus.jpg", "--format", "paths")
    XCTAssertEqual(found.text, expected.text, found.err)
    let named = try search("--id", "photos/bus.jpg", "--format", "paths", input: scan.out)
    XCTAssertEqual("photos/bus.jpg\n" + named.text, expected.text, named.err)
    for arguments in [["--cache", "off"], ["--cache", "sqlite:\(folder.path)/empty.sqlite"]] {
      let result = try ImgrecCLI.run(
        ["search", "--like", "photos/bus.jpg"] + arguments, input: scan.out, folder: folder)
      XCTAssertEqual(result.status, 2)
      XCTAssertTrue(result.err.contains("no record has a vector\nWrite some: imgrec scan --task embed"), result.err)
    }
    // Rows of a file and cached vectors together.
    let rows = try ImgrecCLI.run(
      ["scan", "-q", "--task", "embed", "photos/bus.jpg", "--npy", "v.npy"], folder: folder)
    let lines =
      rows.out
      + scan.out.split(separator: 10).filter { !String(decoding: $0, as: UTF8.self).contains("bus") }
      .joined(separator: [10])
    try lines.write(to: folder.appendingPathComponent("mixed.jsonl"))
    let mixed = try search("mixed.jsonl", "--like", "photos/bus.jpg", "--format", "paths")
    XCTAssertEqual(mixed.text, expected.text, mixed.err)
  }
}
