import Foundation
import XCTest

/// Faults of a decoder cost one image: the real executable with a library that crashes, hangs and exhausts memory.
final class DecoderProcessTests: XCTestCase {
  private static let folder = try? ImgrecCLI.temporaryFolder()

  override class func tearDown() {
    if let folder { try? FileManager.default.removeItem(at: folder) }
  }

  /// The faults that `faulty_imgcodecs.cpp` knows.
  private enum Fault: UInt8 { case none, crash, hang, greed, abort, exit, rights, spin }

  /// The stand-in library, compiled once; returns the environment that puts it before the real one.
  private static let library = Result { () throws -> [String: String] in
    let folder = try XCTUnwrap(DecoderProcessTests.folder)
    let find = try ImgrecCLI.shell("ls /usr/lib/*/libopencv_imgcodecs.so.4?? /usr/local/lib/libopencv_imgcodecs.so.4??")
    guard let real = find.text.split(separator: "\n").first else {
      throw XCTSkip("OpenCV's imgcodecs is not installed")
    }
    let name = String(real.split(separator: "/").last!)
    let source = ImgrecCLI.root.appendingPathComponent("Tests/Support/faulty_imgcodecs.cpp").path
    let build = try ImgrecCLI.shell(
      """
      $(command -v clang++ || command -v g++) -std=c++17 -O1 -fPIC -shared -I/usr/include/opencv4 \
      -Wno-deprecated-enum-enum-conversion -DREAL_LIBRARY='"\(real)"' '\(source)' -o '\(folder.path)/\(name)' -ldl
      """)
    guard build.status == 0 else { throw XCTSkip("the library cannot be compiled: \(build.err.prefix(300))") }
    return ["LD_LIBRARY_PATH": folder.path]
  }

  /// A BMP of 4 x 4 pixels; its reserved field holds the fault.
  private func bmp(_ fault: Fault) -> Data {
    var bytes: [UInt8] = Array("BM".utf8) + [102, 0, 0, 0, fault.rawValue, 0, 0, 0, 54, 0, 0, 0]
    bytes += [40, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
    bytes += (0..<48).map { UInt8($0 * 5) }
    return Data(bytes)
  }

  /// Scans the files in the order of `faults`, with one decoder unless `arguments` say otherwise.
  private func scan(_ faults: [Fault], _ arguments: String...) throws -> [[String: Any]] {
    let environment = try Self.library.get()
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for (index, fault) in faults.enumerated() {
      try bmp(fault).write(to: folder.appendingPathComponent(String(format: "%04d.bmp", index)))
    }
    let result = try ImgrecCLI.run(
      ["scan", "-q", "--model", ImgrecCLI.instantModel, "--order", "input"] + arguments + [folder.path],
      environment: environment)
    XCTAssertEqual(result.err, "")
    return try result.records()
  }

  private func codes(_ records: [[String: Any]]) -> [String] {
    records.map { ($0["error"] as? [String: Any])?["code"] as? String ?? $0["status"] as? String ?? "?" }
  }

  func testAFaultOfADecoderCostsOneImage() throws {
    let faults: [Fault] = [.none, .crash, .none, .abort, .exit, .none, .greed, .none]
    let records = try scan(faults)
    XCTAssertEqual(
      codes(records), ["ok", "crashed", "ok", "crashed", "crashed", "ok", "out_of_memory", "ok"])
    let message = (records.dropFirst().first?["error"] as? [String: Any])?["message"] as? String
    XCTAssertEqual(message, "bmp: the decoder process was ended by signal 11")
  }

  func testADecoderThatHangsIsEnded() throws {
    let start = Date()
    XCTAssertEqual(
      codes(try scan([.none, .hang, .none, .spin, .none], "--timeout", "1")), ["ok", "timeout", "ok", "timeout", "ok"])
    XCTAssertLessThan(Date().timeIntervalSince(start), 30)
  }

  /// A hundred files that end their decoder among good ones.
  func testEveryImageHasARecordWhateverItsDecoderDoes() throws {
    let kinds: [Fault] = [.crash, .abort, .exit]
    let faults = (0..<300).map { $0 % 3 == 1 ? kinds[$0 / 3 % 3] : .none }
    let found = codes(try scan(faults, "--decoders", "4"))
    XCTAssertEqual(found, faults.map { $0 == .none ? "ok" : "crashed" })
  }

  func testADecoderMayReadNoFileOfTheUserAndOpenNoSocket() throws {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard status.contains("Seccomp:"), FileManager.default.fileExists(atPath: "/sys/kernel/security") else {
      throw XCTSkip("no Landlock or seccomp")
    }
    let records = try scan([.rights])
    XCTAssertEqual(codes(records), ["ok"], "\(records)")
    XCTAssertFalse(FileManager.default.fileExists(atPath: "/tmp/imgrec-decoder-wrote"))
  }

  /// The processes end with their parent, however that ends.
  func testNoDecoderIsLeftBehind() throws {
    let environment = try Self.library.get()
    let folder = try ImgrecCLI.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try bmp(.none).write(to: folder.appendingPathComponent("a.bmp"))
    try bmp(.hang).write(to: folder.appendingPathComponent("b.bmp"))
    let process = ImgrecCLI.process(
      ["scan", "-q", "--model", ImgrecCLI.instantModel, "--timeout", "300", folder.path],
      environment: environment)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let children = { try ImgrecCLI.shell("pgrep -P \(process.processIdentifier)").text }
    var found = ""
    for _ in 0..<400 where found.isEmpty {
      usleep(25_000)
      found = try children()
    }
    XCTAssertFalse(found.isEmpty)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let left = {
      try ImgrecCLI.shell("ps -o stat= -p \(found.split(separator: "\n").joined(separator: ",")) | grep -v Z").text
    }
    for _ in 0..<200 where try !left().isEmpty { usleep(25_000) }
    XCTAssertEqual(try left(), "")
  }
}
