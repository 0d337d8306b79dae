import XCTest

@testable import Platform

#if os(Linux)
  /// Notifications to a service manager: the test is one.
  final class ServiceManagerTests: XCTestCase {
    /// A socket that is bound to `name`; returns what arrives while `body` runs.
    private func received(at name: String, _ body: () -> Void) throws -> [String] {
      let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      defer { close(descriptor) }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = (name.hasPrefix("@") ? [0] : [UInt8(ascii: "/")]) + Array(name.utf8.dropFirst())
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
      let length = socklen_t(2 + bytes.count + (name.hasPrefix("@") ? 0 : 1))
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
      }
      XCTAssertEqual(bound, 0, systemMessage())
      body()
      var messages: [String] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while case let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT)), count > 0 {
        messages.append(String(decoding: buffer[..<count], as: UTF8.self))
      }
      return messages
    }

    func testAPathAndAnAbstractName() throws {
      let path = "/tmp/imgrec-notify-\(getpid()).sock"
      defer { unlink(path) }
      for name in [path, "@imgrec-notify-\(getpid())"] {
        let manager = ServiceManager(socket: name)
        let messages = try received(at: name) {
          XCTAssertTrue(manager.ready("two\nlines"))
          XCTAssertTrue(manager.status("3 images"))
          XCTAssertTrue(manager.stopping())
        }
        XCTAssertEqual(messages.count, 3)
        XCTAssertEqual(messages[0], "READY=1\nSTATUS=two lines", "a line feed would begin another assignment")
        XCTAssertEqual(messages[1], "STATUS=3 images")
        XCTAssertTrue(messages[2].hasPrefix("STOPPING=1\n"))
      }
    }

    func testWithoutAManagerNothingIsSent() {
      for name in [
        nil, "", "relative", "vsock:2:1234", "@" + String(repeating: "n", count: 200), "/nonexistent/socket",
      ] {
        XCTAssertFalse(ServiceManager(socket: name).ready("up"), name ?? "none")
      }
    }
  }
#endif
