import Foundation
import Synchronization
import XCTest

@testable import EngineSupport
@testable import ModelLibrary

final class PullTests: XCTestCase {
  private let folder = Folder()
  private let data = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
  private var storePath: String { "\(folder.path)/store" }
  private var storedFiles: [String] { folder.files.filter { $0.hasPrefix("store/") && !$0.hasPrefix("store/.locks/") } }

  private func store(sha256 digest: String? = nil, bytes: Int? = nil) throws -> ModelStore {
    let origin = try folder.write(data, to: "origin/net.onnx")
    return ModelStore(
      directory: storePath, zoo: try zoo(of: data, source: ["url": "file://\(origin)"], sha256: digest, bytes: bytes))
  }

  private func events(_ store: ModelStore, force: Bool = false) throws -> [PullEvent] {
    var events: [PullEvent] = []
    try store.pull(store.zoo.card(named: "net"), force: force) { events.append($0) }
    return events.filter { if case .received = $0 { false } else { true } }
  }

  func testPullLoadVerifyRemove() throws {
    let store = try store()
    let card = try store.zoo.card(named: "net")
    XCTAssertEqual(store.presence(of: card), .missing(["net.onnx"]))
    assertContains(complaint { _ = try store.load("net") }, "run \"imgrec models pull net\" (100 kB, MIT)")
    let path = "\(storePath)/net/net.onnx"
    XCTAssertEqual(try events(store).last, .ready(path))
    XCTAssertEqual(storedFiles, ["store/net/net.onnx"])
    XCTAssertEqual(store.presence(of: card), .here)
    XCTAssertEqual(try store.load("net").digest, sha256(data))
    XCTAssertEqual(try store.networkPath(of: card), path)
    // Already installed: nothing is fetched, except with force.
    XCTAssertEqual(try events(store), [.ready(path)])
    XCTAssertEqual(try events(store, force: true).count, 2)

    try folder.write(Data(data.reversed()), to: "store/net/net.onnx")
    assertContains(complaint { _ = try store.load("net") }, "imgrec models pull --force net", "SHA-256")
    XCTAssertEqual(store.problems(of: card).count, 1)
    try folder.write(data.dropLast(), to: "store/net/net.onnx")
    XCTAssertEqual(store.presence(of: card), .damaged(["net.onnx"]))
    assertContains(complaint { _ = try store.networkPath(of: card) }, "99999 bytes, not 100000", "--force")
    // A plain pull mends it.
    XCTAssertEqual(try events(store).count, 2)
    XCTAssertEqual(store.problems(of: card), [])
    XCTAssert(try store.remove(card))
    XCTAssertFalse(try store.remove(card))
    XCTAssertEqual(storedFiles, [])
  }

  func testWrongDigestLeavesNothing() throws {
    let store = try store(sha256: String(repeating: "a", count: 64))
    assertContains(complaint { _ = try events(store) }, "net.onnx", "it was deleted", sha256(data))
    XCTAssertEqual(storedFiles, [])
    XCTAssertFalse(FileManager.default.fileExists(atPath: "\(storePath)/net"))
  }

  func testWrongSizeLeavesNothing() throws {
    let store = try store(bytes: 99_999)
    _ = complaint { _ = try events(store) }
    XCTAssertEqual(storedFiles, [])
  }

  func testForceKeepsTheOldFileIfTheNewOneIsWrong() throws {
    let store = try store()
    _ = try events(store)
    try folder.write("other", to: "origin/net.onnx")
    _ = complaint { _ = try events(store, force: true) }
    XCTAssertEqual(try store.load("net").digest, sha256(data))
  }

  func testMissingOriginSaysHowToDoItByHand() throws {
    let store = try store()
    try FileManager.default.removeItem(atPath: "\(folder.path)/origin/net.onnx")
    assertContains(
      complaint { _ = try events(store) }, "could not be fetched", "Manually", "to \(storePath)/net/net.onnx", "100000",
      sha256(data))
    XCTAssertEqual(storedFiles, [])
    // Following the instructions manually works.
    try folder.write(data, to: "store/net/net.onnx")
    XCTAssertEqual(try store.load("net").digest, sha256(data))
  }

  func testFilesThatAreConverted() throws {
    let origin = try folder.write(data, to: "origin/net.pth")
    func store(_ digest: String) throws -> ModelStore {
      let source: [String: Any] = [
        "url": "file://\(origin)", "convert": "carn", "sha256": digest, "bytes": data.count,
      ]
      return ModelStore(directory: storePath, zoo: try zoo(of: data, source: source))
    }
    // What is not the pinned file is not converted; the instructions are those for the file before its conversion.
    let wrong = String(repeating: "a", count: 64)
    assertContains(
      complaint { _ = try events(store(wrong)) }, "net.pth is not the pinned file", "to \(storePath)/net/net.pth",
      "(100000 bytes, SHA-256 \(wrong))", "imgrec models pull net")
    XCTAssertEqual(storedFiles, [])
    // One that a user copied there is taken, and kept if it is of no use.
    try folder.write(data, to: "store/net/net.pth")
    try FileManager.default.removeItem(atPath: origin)
    let path = "\(storePath)/net/net.pth"
    assertContains(complaint { _ = try events(store(sha256(data))) }, "\(path) could not be converted")
    XCTAssertEqual(storedFiles, ["store/net/net.pth"])
    assertContains(complaint { _ = try events(store(wrong)) }, "\(path) is not the pinned file", "(100000 bytes")
    XCTAssertEqual(storedFiles, ["store/net/net.pth"])
  }

  func testABrokenDownloadIsGoneOnWith() throws {
    let store = try store()
    try folder.write(data.prefix(60_000), to: "store/net/.pull/net.onnx.part")
    try folder.write("stale", to: "store/net/.pull/other")
    XCTAssertEqual(try events(store).count, 2)  // fetched once, ready
    XCTAssertEqual(try store.load("net").digest, sha256(data))
    XCTAssertEqual(storedFiles, ["store/net/net.onnx"])
  }

  func testABeginningOfSomethingElseIsFetchedAnew() throws {
    let store = try store()
    try folder.write(Data(repeating: 7, count: 60_000), to: "store/net/.pull/net.onnx.part")
    // The second time from the start: so the first had gone on behind the wrong beginning.
    XCTAssertEqual(try events(store).count, 3)
    XCTAssertEqual(try store.load("net").digest, sha256(data))
  }

  func testTwoPullsTakeTurns() throws {
    let store = try store()
    let card = try store.zoo.card(named: "net")
    let started = DispatchSemaphore(value: 0)
    let second = DispatchSemaphore(value: 0)
    let fetched = Mutex(0)
    let failures = Mutex([String]())
    let group = DispatchGroup()
    func pull(_ progress: @escaping @Sendable (PullEvent) -> Void) {
      DispatchQueue(label: "pull").async(group: group) {
        do { try store.pull(card, progress: progress) } catch { failures.withLock { $0.append("\(error)") } }
      }
    }
    pull { event in
      guard case .fetching = event else { return }
      fetched.withLock { $0 += 1 }
      started.signal()
      XCTAssertEqual(second.wait(timeout: .now() + 120), .success)
    }
    XCTAssertEqual(started.wait(timeout: .now() + 120), .success)
    pull { event in
      if event == .waiting { second.signal() }
      if case .fetching = event { fetched.withLock { $0 += 1 } }
    }
    group.wait()
    XCTAssertEqual(failures.withLock { $0 }, [])
    XCTAssertEqual(fetched.withLock { $0 }, 1)
    XCTAssertEqual(try store.load("net").digest, sha256(data))
  }

  func testAStoreThatCannotBeWritten() throws {
    // A folder that even root cannot make.
    let locked = ModelStore(directory: "/proc/imgrec/models", zoo: try store().zoo)
    assertContains(complaint { _ = try events(locked) }, "/proc/imgrec", "IMGREC_MODELS")
    let blocked = try folder.write("a file", to: "blocked")
    let below = ModelStore(directory: "\(blocked)/models", zoo: locked.zoo)
    assertContains(complaint { _ = try events(below) }, "IMGREC_MODELS")
  }

  func testFilesOfTheSystem() throws {
    let system = try folder.write(data, to: "system/net.onnx")
    let source = ["path": system, "apt": "some-data"]
    let store = ModelStore(directory: storePath, zoo: try zoo(of: data, source: source))
    XCTAssertEqual(try events(store), [.ready(system)])
    XCTAssertEqual(try store.load("net").path(.network), system)
    XCTAssertEqual(storedFiles, [])
    try folder.write("other", to: "system/net.onnx")
    assertContains(complaint { _ = try events(store) }, system, "bytes")
    try FileManager.default.removeItem(atPath: system)
    assertContains(complaint { _ = try events(store) }, "apt-get install some-data")
    assertContains(complaint { _ = try store.load("net") }, "apt-get install some-data")
  }
}
