import Foundation
import TestSupport
import XCTest

/// Files per image: they fall on no input, on no other output, and on no file that exists, unless a flag says so.
final class OutputSafetyTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")
  private let images = ImgrecCLI.fixtures.appendingPathComponent("images")
  private let files = FileManager.default

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? files.removeItem(at: folder) }

  private func put(_ image: String, _ path: String) throws {
    let url = folder.appendingPathComponent(path)
    try files.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try files.copyItem(at: images.appendingPathComponent(image), to: url)
  }

  private func scan(_ arguments: String..., input: String? = nil) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(
      ["scan", "-q"] + model(for: arguments) + arguments, input: input.map { Data($0.utf8) }, folder: folder)
  }

  /// Crops and label formats need objects.
  private func model(for arguments: [String]) -> [String] {
    arguments.contains("--format") || arguments.contains("--crops")
      ? ImgrecCLI.instantDetector : ["-m", ImgrecCLI.instantModel]
  }

  private func names(_ path: String) -> Set<String> {
    let found = files.enumerator(atPath: folder.appendingPathComponent(path).path)?.compactMap { $0 as? String } ?? []
    return Set(
      found.filter { name in
        var isFolder: ObjCBool = false
        return files.fileExists(atPath: folder.appendingPathComponent("\(path)/\(name)").path, isDirectory: &isFolder)
          && !isFolder.boolValue
      })
  }

  private func contents(_ path: String) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent(path))
  }

  func testOriginalsStayAsTheyAreWhereverOutputsFall() throws {
    for name in ["photo.jpg", "rgb.png", "exif_6.jpg"] { try put(name, "photos/\(name)") }
    try put("photo.jpg", "photos/sub/photo.jpg")
    try files.createSymbolicLink(
      at: folder.appendingPathComponent("link"), withDestinationURL: folder.appendingPathComponent("photos"))
    let absolute = folder.appendingPathComponent("photos").path
    let originals = names("photos")
    let before = try originals.map { try contents("photos/\($0)") }
    let list = "photos/photo.jpg\nphotos/rgb.png\n"
    var commands = 0
    for option in ["--annotate", "--crops", "--cutout", "--masks"] {
      for (output, inputs) in [
        (".", ["photos"]), ("photos", ["photos"]), ("link", ["photos"]), ("photos/.", ["./photos"]),
        ("photos", ["photos/photo.jpg"]), ("/", [absolute]), (absolute, ["photos"]), ("photos", ["-"]),
        ("photos", [absolute + "/photo.jpg", absolute + "/rgb.png"]), ("photos/sub", ["photos/photo.jpg"]),
      ] {
        for policy in ["error", "skip", "rename"] {
          _ = try scan(arguments: [option, output, "--on-exists", policy] + inputs, list)
          commands += 1
        }
      }
      for inputs in [["photos"], ["photos/photo.jpg"]] {
        _ = try scan(arguments: [option, "photos", "--on-exists", "overwrite"] + inputs, list)
        commands += 1
      }
    }
    for format in ["yolo", "voc"] {
      for output in [".", "photos", absolute] {
        _ = try scan(arguments: ["--format", format, "-o", output, "--on-exists", "overwrite", "photos"], list)
        commands += 1
      }
    }
    XCTAssertGreaterThan(commands, 120)
    XCTAssertEqual(try originals.map { try contents("photos/\($0)") }, before)
  }

  private func scan(arguments: [String], _ input: String) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(
      ["scan", "-q"] + model(for: arguments) + arguments, input: Data(input.utf8), folder: folder)
  }

  func testAFolderOfPicturesThatHoldsTheInputIsRefused() throws {
    try put("photo.jpg", "photos/photo.jpg")
    for (output, inputs) in [
      (".", ["photos"]), ("photos", ["photos"]), ("/", [folder.appendingPathComponent("photos").path]),
    ] {
      let result = try scan(arguments: ["--annotate", output] + inputs, "")
      XCTAssertEqual(result.status, 2, "\(output): \(result.err)")
      XCTAssertTrue(result.err.contains("a folder of its own"), result.err)
      XCTAssertEqual(result.text, "", "no record before the refusal")
    }
    let one = try scan("--annotate", "photos", "photos/photo.jpg")
    XCTAssertEqual(one.status, 2)
    XCTAssertTrue(one.err.contains("photos/photo.jpg exists already; use --on-exists"), one.err)
    let both = try scan("--annotate", "out", "--crops", "./out", "photos")
    XCTAssertEqual(both.status, 2)
    XCTAssertTrue(both.err.contains("name one folder"), both.err)
    XCTAssertEqual(names(""), ["photos/photo.jpg"])
  }

  func testAHardLinkOfAnImageIsNotEmptied() throws {
    try put("photo.jpg", "photos/a.jpg")
    let before = try contents("photos/a.jpg")
    try files.linkItem(at: folder.appendingPathComponent("photos/a.jpg"), to: folder.appendingPathComponent("b.jpg"))
    for format in ["jsonl", "csv"] {
      let result = try scan("-o", "b.jpg", "--on-exists", "overwrite", "--format", format, "photos")
      XCTAssertEqual(result.status, 2)
      XCTAssertTrue(result.err.contains("has other names (hard links)"), result.err)
    }
    XCTAssertEqual(try contents("photos/a.jpg"), before)
  }

  func testAListThatIsReadOnceReplacesNoPicture() throws {
    try put("photo.jpg", "photos/a.jpg")
    let before = try contents("photos/a.jpg")
    for arguments in [["scan", "-m", ImgrecCLI.instantModel, "--annotate", "."], ["upscale", "-o", "."]] {
      let result = try ImgrecCLI.run(
        arguments + ["--on-exists", "overwrite", "-"], input: Data("photos/a.jpg\n".utf8), folder: folder)
      XCTAssertEqual(result.status, 2, result.err)
      XCTAssertTrue(result.err.contains("use --files-from FILE"), result.err)
    }
    XCTAssertEqual(try contents("photos/a.jpg"), before)
  }

  func testAnOutputFolderInTheInputIsLeftOutAndReported() throws {
    for n in 1...2 { try put("photo.jpg", "photos/\(n).jpg") }
    for policy in ["error", "overwrite", "skip", "rename"] {
      let result = try ImgrecCLI.run(
        ["scan", "-m", ImgrecCLI.instantModel, "--annotate", "photos/drawn", "--on-exists", policy, "photos"],
        folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(try result.records().count, 2, policy)
      XCTAssertTrue(
        result.err.contains("--annotate photos/drawn lies in photos and is left out of the inputs"), result.err)
    }
    XCTAssertEqual(names("photos/drawn"), ["1.jpg", "2.jpg", "1-1.jpg", "2-1.jpg"])
    let again = try scan("--annotate", "photos/drawn", "photos")
    XCTAssertEqual(again.status, 2)
    XCTAssertTrue(again.err.contains("photos/drawn/1.jpg exists already; use --on-exists"), again.err)
    XCTAssertEqual(try scan("photos").records().count, 6, "without the option they are images as others")
  }

  func testTwoImagesOfOneNameAreRefusedOrKeptApart() throws {
    try put("photo.jpg", "in/img.jpg")
    try put("rgb.png", "in/img.png")
    for format in ["yolo", "voc"] {
      let result = try scan("--format", format, "-o", "labels", "in")
      XCTAssertEqual(result.status, 2)
      XCTAssertTrue(result.err.contains("in/img.jpg and in/img.png would both become labels/img."), result.err)
      XCTAssertEqual(names("labels"), [])
      let renamed = try scan("--format", format, "-o", "renamed", "--on-exists", "rename", "in")
      XCTAssertEqual(renamed.status, 0, renamed.err)
    }
    XCTAssertEqual(names("renamed"), ["img.txt", "img-1.txt", "img.xml", "img-1.xml", "classes.txt"])
    // From a list, which is read once, the second is a failure of its own.
    let listed = try scan(
      "--format", "yolo", "-o", "listed", "--on-exists", "overwrite", "-", input: "in/img.jpg\nin/img.png\n")
    XCTAssertEqual(listed.status, 1)
    XCTAssertTrue(listed.err.contains("in/img.png: another input of this run has the name"), listed.err)
    XCTAssertEqual(names("listed"), ["in/img.txt", "classes.txt"])
    // One file, named twice.
    let twice = try scan("--annotate", "twice", "in/img.jpg", "./in/img.jpg")
    XCTAssertEqual(twice.status, 2, twice.err)
  }

  func testCropsOfEqualNamesAreKeptApart() throws {
    let photos = try ImgrecCLI.photos()
    try ImgrecCLI.pull("yolox_nano")
    for (photo, path) in [("bus.jpg", "in/a/b.jpg"), ("zidane.jpg", "in/a_b.jpg")] {
      try files.createDirectory(
        at: folder.appendingPathComponent(path).deletingLastPathComponent(), withIntermediateDirectories: true)
      try files.copyItem(at: photos.appendingPathComponent(photo), to: folder.appendingPathComponent(path))
    }
    let flags = ["scan", "-q", "--task", "detect", "--crops", "crops", "in"]
    let result = try ImgrecCLI.run(flags, folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    let records = try result.records()
    let found = records.flatMap { ($0["detect"] as? [Any]) ?? [] }.count
    let named = records.flatMap { (($0["files"] as? [String: Any])?["crops"] as? [String]) ?? [] }
    XCTAssertGreaterThan(found, 4)
    XCTAssertEqual(named.count, found)
    XCTAssertEqual(names("crops"), Set(named.map { String($0.dropFirst("crops/".count)) }))
    XCTAssertTrue(names("crops").contains { $0.hasSuffix("/a/b.jpg-1.jpg") }, "\(names("crops"))")
    let again = try ImgrecCLI.run(flags, folder: folder)
    XCTAssertEqual(again.status, 2)
    XCTAssertTrue(again.err.contains("crops has crops of in/a/b.jpg already"), again.err)
  }

  func testLabelsMadeByHandAreKept() throws {
    try put("photo.jpg", "a.jpg")
    try Data("helmet\nvest\n".utf8).write(to: folder.appendingPathComponent("classes.txt"))
    let list = try scan("--format", "yolo", "-o", ".", ".")
    XCTAssertEqual(list.status, 2)
    XCTAssertTrue(list.err.contains("classes.txt exists already; use --on-exists overwrite"), list.err)
    try files.removeItem(at: folder.appendingPathComponent("classes.txt"))
    try Data("1 0.5 0.5 0.2 0.2\n".utf8).write(to: folder.appendingPathComponent("a.txt"))
    let label = try scan("--format", "yolo", "-o", ".", ".")
    XCTAssertEqual(label.status, 2)
    XCTAssertTrue(label.err.contains("./a.txt exists already; use --on-exists skip, overwrite or rename"), label.err)
    XCTAssertEqual(String(decoding: try contents("a.txt"), as: UTF8.self), "1 0.5 0.5 0.2 0.2\n")
    try put("photo.jpg", "classes.jpg")
    let both = try scan("--format", "yolo", "-o", "labels", ".")
    XCTAssertEqual(both.status, 2)
    XCTAssertTrue(both.err.contains("would both become labels/classes.txt"), both.err)
    try files.removeItem(at: folder.appendingPathComponent("classes.jpg"))
    let kept = try scan("--format", "yolo", "-o", ".", "--on-exists", "skip", ".")
    XCTAssertEqual(kept.status, 0, kept.err)
    XCTAssertEqual(String(decoding: try contents("a.txt"), as: UTF8.self), "1 0.5 0.5 0.2 0.2\n")
  }

  func testLongNamesAndNamesThatAreNotUTF8AreWritten() throws {
    let long = String(repeating: "k", count: 251) + ".jpg"
    for name in ["a.jpg", long, "z.jpg"] { try put("photo.jpg", "in/\(name)") }
    for byte: UInt8 in [0xfe, 0xff] {
      let path = Array(folder.appendingPathComponent("in/").path.utf8) + [UInt8(ascii: "/"), byte] + Array(".jpg".utf8)
      let bytes = try Data(contentsOf: images.appendingPathComponent("photo.jpg"))
      let descriptor = (path + [0]).withUnsafeBufferPointer {
        $0.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_WRONLY | O_CREAT, 0o644) }
      }
      XCTAssertGreaterThanOrEqual(descriptor, 0)
      _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
      close(descriptor)
    }
    for arguments in [
      ["--annotate", "drawn"], ["--format", "yolo", "-o", "labels"], ["--format", "voc", "-o", "voc"],
    ] {
      let result = try scan(arguments: arguments + ["in"], "")
      XCTAssertEqual(result.status, 0, result.err)
      let output = arguments.last!
      let made = try files.contentsOfDirectory(atPath: folder.appendingPathComponent(output).path)
      XCTAssertEqual(made.filter { $0 != "classes.txt" }.count, 5, "\(made)")
      if output == "drawn" {
        XCTAssertEqual(try result.records().compactMap { ($0["files"] as? [String: Any])?["annotated"] }.count, 5)
      }
    }
  }

  func testAFileThatCannotBeWrittenCostsNoFindings() throws {
    for name in ["a.jpg", "sub/b.jpg", "z.jpg"] { try put("photo.jpg", "in/\(name)") }
    try files.createDirectory(at: folder.appendingPathComponent("drawn"), withIntermediateDirectories: true)
    try Data().write(to: folder.appendingPathComponent("drawn/sub"))
    let result = try scan("--annotate", "drawn", "in")
    XCTAssertEqual(result.status, 1, result.err)
    let records = try result.records()
    XCTAssertEqual(records.map { $0["status"] as? String }, ["ok", "error", "ok"])
    XCTAssertNotNil(records[1]["classify"], "the findings stay in the record")
    XCTAssertEqual((records[1]["error"] as? [String: String])?["stage"], "write")
    XCTAssertEqual(names("drawn"), ["a.jpg", "sub", "z.jpg"])
    // A label file that fails ends neither the run nor the other files.
    try files.createDirectory(at: folder.appendingPathComponent("labels"), withIntermediateDirectories: true)
    try Data().write(to: folder.appendingPathComponent("labels/sub"))
    let labels = try scan("--format", "voc", "-o", "labels", "in")
    XCTAssertEqual(labels.status, 1, labels.err)
    XCTAssertTrue(labels.err.contains("in/sub/b.jpg: cannot write labels/sub/b.xml"), labels.err)
    XCTAssertEqual(names("labels"), ["a.xml", "sub", "z.xml"])
  }

  func testCopiesKeepTheirMetadataUpright() throws {
    for name in ["exif_6.jpg", "exif_6.png", "exif_6.webp"] { try put(name, "in/\(name)") }
    let result = try scan("--annotate", "drawn", "in")
    XCTAssertEqual(result.status, 0, result.err)
    let before = try result.records()
    for (record, name) in zip(before, ["exif_6.jpg", "exif_6.png.jpg", "exif_6.webp.jpg"]) {
      let bytes = try contents("drawn/\(name)")
      XCTAssertNotNil(bytes.range(of: Data("Exif\0\0".utf8)), name)
      let copy = try XCTUnwrap(scan("drawn/\(name)").records().first)
      XCTAssertEqual(copy["width"] as? Int, record["width"] as? Int, name)
      XCTAssertEqual(copy["height"] as? Int, record["height"] as? Int, name)
      XCTAssertEqual(record["orientation"] as? Int, 6, name)
      XCTAssertEqual(copy["orientation"] as? Int ?? 1, 1, name)
    }
  }
}
