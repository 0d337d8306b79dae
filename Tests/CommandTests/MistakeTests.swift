import XCTest

/// Endings of output files, outputs that cannot be written, and inputs and networks of kinds that are not read.
final class MistakeTests: XCTestCase {
  private var folder = URL(fileURLWithPath: "/")
  private let model = ["-m", ImgrecCLI.instantModel]

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    try FileManager.default.copyItem(
      at: ImgrecCLI.fixtures.appendingPathComponent("images/grey.jpg"), to: folder.appendingPathComponent("a.jpg"))
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func run(_ arguments: String...) throws -> ImgrecCLI.Result { try ImgrecCLI.run(arguments, folder: folder) }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  private func scan(_ arguments: String...) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["scan", "a.jpg"] + arguments + model, folder: folder)
  }

  func testFormatFromTheEnding() throws {
    for (name, head) in [
      ("r.csv", "path,status,"), ("r.CSV", "path,status,"), ("r.json", "[\n{\"schema\""), ("r.jsonl", "{\"schema\""),
      ("r.ndjson", "{\"schema\""), ("r.txt", "{\"schema\""), ("r", "{\"schema\""),
    ] {
      XCTAssertEqual(try scan("-o", name, "-q").status, 0, name)
      XCTAssertTrue(try text(name).hasPrefix(head), name)
    }
    let other = try scan("-o", "x.csv", "--format", "json")
    XCTAssertTrue(other.err.contains("imgrec: x.csv gets the format json, as --format says\n"), other.err)
    XCTAssertTrue(try text("x.csv").hasPrefix("[\n"))
    XCTAssertFalse(try scan("-o", "y.json", "--format", "json").err.contains("as --format says"))
    for (name, says) in [
      ("r.parquet", "the endings that it knows are .jsonl, .ndjson, .json, .csv, .hocr\nName the file"),
      ("r.jsonl.gz", "| gzip > r.jsonl.gz"), ("r.png", "use --annotate FOLDER"), ("r.npy", "--npy FILE.npy"),
    ] {
      let result = try scan("-o", name)
      XCTAssertEqual(result.status, 64, name)
      XCTAssertTrue(result.err.contains(says), result.err)
    }
    XCTAssertEqual(try scan("-o", "r.parquet", "--format", "csv", "-q").status, 0)
    let resumed = try scan("-o", "r.csv", "--resume")
    XCTAssertEqual(resumed.status, 64)
    XCTAssertTrue(resumed.err.contains("--resume continues JSON Lines; this run writes csv\n"), resumed.err)
    let collected = try run("collect", "--queue", "redis://127.0.0.1:1/q", "-o", "c.xlsx")
    XCTAssertEqual(collected.status, 64)
    XCTAssertTrue(collected.err.contains(".xlsx is not a format that imgrec collect writes\n"), collected.err)
  }

  /// A folder that can never be written, also by root.
  private let unwritable = "/proc/self"

  func testOutputsAreTriedBeforeTheRun() throws {
    for flags in [
      ["--metrics", "gone/m.prom"], ["--summary", "gone/s.json"], ["-o", "gone/r.jsonl"],
      ["--metrics", "\(unwritable)/m.prom"], ["--summary", "\(unwritable)/s.json"], ["-o", "\(unwritable)/r.jsonl"],
      ["--annotate", "\(unwritable)/out"],
    ] {
      let result = try ImgrecCLI.run(["scan", "a.jpg"] + flags + model, folder: folder)
      XCTAssertEqual(result.status, 2, "\(flags)")
      XCTAssertTrue(result.out.isEmpty, "\(flags)")
      XCTAssertTrue(result.err.contains("cannot write"), result.err)
      XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["a.jpg"])
    }
    let upscaled = try run("upscale", "a.jpg", "-o", "\(unwritable)/b.png")
    XCTAssertEqual(upscaled.status, 2)
    XCTAssertTrue(upscaled.err.contains("name a folder where you may write"), upscaled.err)
  }

  func testFullDisk() throws {
    let disk = folder.appendingPathComponent("disk")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    let mount = "mount -t tmpfs -o size=4k none disk 2>/dev/null && head -c 4096 /dev/zero > disk/x"
    let trial = try ImgrecCLI.shell("unshare -m bash -c '\(mount)'", folder: folder)
    guard trial.status == 0 else { throw XCTSkip("no file system can be mounted here") }
    for flags in ["--metrics disk/m", "--summary disk/s", "-o disk/r.jsonl", "--annotate disk/out"] {
      let command = "'\(ImgrecCLI.binary.path)' scan a.jpg \(flags) -m '\(ImgrecCLI.instantModel)'"
      let result = try ImgrecCLI.shell(
        "unshare -m bash -c \"\(mount); \(command); echo status \\$?; ls disk\"", folder: folder)
      XCTAssertEqual(result.text, "status 2\nx\n", flags)
      XCTAssertTrue(result.err.contains("No space left on device; make room"), result.err)
    }
  }

  func testKindsThatAreNotRead() throws {
    let kinds: [(name: String, head: String, code: String, says: String)] = [
      ("b.psd", "8BPS\0\u{1}", "unsupported", "convert 'FILE.psd[0]' FILE.png"),
      ("b.pdf", "%PDF-1.4\n", "unsupported", "pdftoppm -png FILE.pdf | imgrec scan -"),
      (
        "b.mp4", "\0\0\0\u{18}ftypisom\0\0\0\0isomavc1", "unsupported",
        "-vf fps=1 -f image2pipe -c:v mjpeg - | imgrec scan -"
      ),
      ("b.txt", "a.jpg\n", "unknown_format", "--files-from FILE"),
      ("b.jpg", "<!DOCTYPE html><html>", "unknown_format", "a web page"),
    ]
    for kind in kinds {
      try Data(kind.head.utf8).write(to: folder.appendingPathComponent(kind.name))
      let result = try ImgrecCLI.run(["scan", kind.name] + model, folder: folder)
      XCTAssertEqual(result.status, 1, kind.name)
      let error = try XCTUnwrap(result.records().first?["error"] as? [String: Any])
      XCTAssertEqual(error["code"] as? String, kind.code, kind.name)
      let message = try XCTUnwrap(error["message"] as? String)
      XCTAssertTrue(message.contains(kind.says), message)
      if kind.code == "unsupported" { XCTAssertTrue(result.err.contains("is not read (1 file): "), result.err) }
    }
    let whole = try ImgrecCLI.run(["scan", "."] + model, folder: folder)
    XCTAssertTrue(whole.err.contains("PSD is not read (1 file): convert"), whole.err)
    XCTAssertFalse(whole.err.contains("Video"), "what a folder holds beside images is reported with -v: \(whole.err)")
    XCTAssertTrue(try ImgrecCLI.run(["scan", ".", "-v"] + model, folder: folder).err.contains("Video is not read"))
  }

  func testURLsAndPathsThatDoNotExist() throws {
    for (url, says) in [
      ("https://example.com/a%20b.jpg?x=1&y", "curl -sSfL 'https://example.com/a%20b.jpg?x=1&y' | imgrec scan -"),
      ("s3://bucket/a.jpg", "aws s3 cp s3://bucket/a.jpg - | imgrec scan -"),
      ("s3://bucket/photos/", "aws s3 sync s3://bucket/photos/ FOLDER"),
      ("gs://bucket/a.jpg", "gcloud storage cat gs://bucket/a.jpg | imgrec scan -"),
      ("file:///tmp/a%20b.jpg", "Name it by its path: '/tmp/a b.jpg'"),
      ("hdfs://node/a.jpg", "a program that reads hdfs://"),
    ] {
      let result = try run("scan", url)
      XCTAssertEqual(result.status, 64, url)
      XCTAssertTrue(result.err.hasPrefix("imgrec: \(url) is not a file: URLs are not read\n"), result.err)
      XCTAssertTrue(result.err.contains(says), result.err)
    }
    try Data("https://example.com/a.jpg\n".utf8).write(to: folder.appendingPathComponent("list"))
    let listed = try ImgrecCLI.run(["scan", "--files-from", "list"] + model, folder: folder)
    let error = try XCTUnwrap(listed.records().first?["error"] as? [String: Any])
    XCTAssertEqual(error["code"] as? String, "not_found")
    XCTAssertTrue((error["message"] as? String ?? "").contains("curl -sSfL"), "\(error)")
    let gone = try ImgrecCLI.run(["scan", "gone.jpg"] + model, folder: folder)
    XCTAssertEqual(gone.status, 1)
    XCTAssertTrue(gone.err.contains("imgrec: gone.jpg does not exist; name a file or folder that does\n"), gone.err)
  }

  func testNetworksOfOtherFrameworks() throws {
    for (name, says) in [
      ("best.pt", "yolo export model=best.pt format=onnx"), ("net.pth", "torch.onnx.export("),
      ("net.safetensors", "optimum-cli export onnx"), ("net.h5", "tf2onnx.convert --keras net.h5 --output net.onnx"),
      ("net.engine", "yolo export"), ("https://example.com/net.onnx", "curl -LO https://example.com/net.onnx"),
      ("./gone.onnx", "network ./gone.onnx does not exist\nName a file, or a model of the list"),
    ] {
      let result = try run("scan", "a.jpg", "-m", name)
      XCTAssertEqual(result.status, 2, name)
      XCTAssertTrue(result.err.contains(says), result.err)
      XCTAssertEqual(result.err.split(separator: "\n").count, 2, result.err)
    }
  }

  func testServers() throws {
    for command in ["submit a.jpg", "collect", "queue status"] {
      let arguments = command.split(separator: " ").map(String.init) + ["--queue", "redis://127.0.0.1:1/q"]
      let result = try ImgrecCLI.run(arguments, folder: folder)
      XCTAssertEqual(result.status, 2, command)
      XCTAssertTrue(result.err.contains("\nStart the Redis server (redis-server), or correct"), result.err)
    }
    let other = try run("worker", "--queue", "http://:s3cret@127.0.0.1/q")
    XCTAssertEqual(other.status, 64)
    XCTAssertTrue(other.err.contains("\nType it as redis://HOST/NAME"), other.err)
    XCTAssertFalse(other.err.contains("s3cret"))
  }
}
