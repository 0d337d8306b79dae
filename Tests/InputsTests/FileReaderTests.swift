import XCTest

@testable import Inputs
@testable import Platform
@testable import Recognition

final class FileReaderTests: XCTestCase {
  private let buffer = FileBuffer(capacity: 16)

  private func code(_ path: String, maxBytes: Int = 256 << 20) -> Failure.Code? {
    do throws(Failure) {
      try FileReader.read(RawPath(path), into: buffer, maxBytes: maxBytes)
      return nil
    } catch {
      XCTAssertEqual(error.stage, .read)
      return error.code
    }
  }

  func testFiles() throws {
    let tree = try TemporaryTree()
    for count in [1, 16, 17, 5000, 1_000_000, 20_000_000, 3] {
      // A period that divides no block size, and nothing slow over 20 MB in a debug build.
      let content = Data((0..<min(count, 997)).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      var data = content
      while data.count < count { data.append(data.prefix(count - data.count)) }
      try data.write(to: URL(fileURLWithPath: tree.path("f")))
      XCTAssertNil(code(tree.path("f"), maxBytes: count))
      XCTAssertTrue(data == Data(buffer.bytes))
      XCTAssertEqual(code(tree.path("f"), maxBytes: count - 1), .fileTooLarge)
    }
    XCTAssertLessThan(buffer.capacity, 1 << 20, "the capacity for a huge file is released")
    FileReader.prefetch(RawPath(tree.path("f")))
    FileReader.prefetch(RawPath(tree.path("missing")))
    buffer.assign([1, 2, 3])
    XCTAssertEqual(Array(buffer.bytes), [1, 2, 3])
    buffer.assign([])
    XCTAssertEqual(buffer.bytes.count, 0)
  }

  func testWhatCannotBeRead() throws {
    let tree = try TemporaryTree()
    XCTAssertEqual(code(try tree.file("empty", "")), .empty)
    XCTAssertEqual(code(tree.path("vanished")), .notFound)
    XCTAssertEqual(code(try tree.file("file") + "/x"), .notFound)
    XCTAssertEqual(code(tree.root), .notAFile)
    tree.fifo("pipe")
    XCTAssertEqual(code(tree.path("pipe")), .notAFile)
    XCTAssertEqual(code("/dev/zero"), .notAFile)
    tree.link("loop", to: "loop")
    XCTAssertEqual(code(tree.path("loop")), .linkLoop)
    XCTAssertEqual(code(tree.path(String(repeating: "x", count: 256))), .nameTooLong)
    XCTAssertEqual(code("/" + String(repeating: "x", count: 9000)), .nameTooLong)
    XCTAssertEqual(code(String(repeating: "/nonexistent", count: 900)), .notFound)
    let socket = tree.path("s")
    #if canImport(Glibc)
      let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = Darwin.socket(AF_UNIX, SOCK_STREAM, 0)
    #endif
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if bound == 0 { XCTAssertEqual(code(socket), .notAFile) }
  }

  func testSparseFileIsRefusedAtOnce() throws {
    let tree = try TemporaryTree()
    XCTAssertEqual(truncate(try tree.file("sparse"), 8 << 30), 0)
    XCTAssertEqual(code(tree.path("sparse")), .fileTooLarge)
    XCTAssertLessThan(buffer.capacity, 1 << 20)
  }

  func testPermission() throws {
    try XCTSkipIf(geteuid() == 0, "root reads everything")
    let tree = try TemporaryTree()
    let path = try tree.file("closed")
    chmod(path, 0)
    XCTAssertEqual(code(path), .permissionDenied)
  }

  func testFilesThatChangeWhileRead() throws {
    let tree = try TemporaryTree()
    let path = tree.path("f")
    let size = 32 << 20
    try Data(count: size).write(to: URL(fileURLWithPath: path))
    let stop = Flag()
    let writer = Thread {
      var long = false
      while !stop.isSet {
        truncate(path, off_t(long ? size : size / 4))
        long.toggle()
        // Seldom enough that some reads see no change.
        usleep(300)
      }
      stop.acknowledge()
    }
    writer.start()
    var changed = 0
    // At least 60 reads, and as many more as it takes to meet a change.
    for count in 0..<10_000 where count < 60 || changed == 0 {
      let code = code(path)
      XCTAssertTrue(code == nil || code == .changed, "\(String(describing: code))")
      if code == .changed { changed += 1 }
    }
    stop.set()
    XCTAssertGreaterThan(changed, 0)
  }

  private final class Flag: @unchecked Sendable {  // the condition guards all
    private let condition = NSCondition()
    private var value = false
    private var acknowledged = false

    var isSet: Bool {
      condition.lock()
      defer { condition.unlock() }
      return value
    }

    func acknowledge() {
      condition.lock()
      acknowledged = true
      condition.signal()
      condition.unlock()
    }

    func set() {
      condition.lock()
      value = true
      while !acknowledged { condition.wait() }
      condition.unlock()
    }
  }
}
