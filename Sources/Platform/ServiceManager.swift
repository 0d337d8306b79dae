/// Notifications to the service manager that started this process, as sd_notify(3) sends them: datagrams to the socket
/// that the variable NOTIFY_SOCKET names. Without that variable nothing is sent.
public struct ServiceManager: Sendable {
  /// A path, or a name of an abstract socket after a NUL; nil if there is no service manager.
  private let address: [UInt8]?

  /// Bytes of the longest path of a socket, without the NUL at its end.
  private static let maxAddress = 107

  /// The service manager of this process.
  public static let current = ServiceManager(socket: getenv("NOTIFY_SOCKET").map { String(cString: $0) })

  /// `socket`: a path, or "@" and the name of an abstract socket. Any other form is ignored.
  init(socket: String?) {
    guard let socket, socket.utf8.count <= Self.maxAddress, let first = socket.first, first == "/" || first == "@"
    else {
      address = nil
      return
    }
    address = (first == "@" ? [0] : [UInt8(ascii: "/")]) + socket.utf8.dropFirst()
  }

  /// The service is up: units that wait for it start now. Repeating it does no harm.
  @discardableResult
  public func ready(_ status: String) -> Bool { send("READY=1\nSTATUS=\(Self.line(status))") }

  /// One line about the state of the service, which `systemctl status` prints.
  @discardableResult
  public func status(_ text: String) -> Bool { send("STATUS=\(Self.line(text))") }

  /// The service finishes its work and ends.
  @discardableResult
  public func stopping() -> Bool { send("STOPPING=1\nSTATUS=finishing what is in progress") }

  /// A line feed would begin another assignment.
  private static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

  /// Returns whether the datagram was sent. A manager that does not read must not block the run.
  private func send(_ text: String) -> Bool {
    guard let address else { return false }
    let socket = socket(AF_UNIX, datagram, 0)
    guard socket >= 0 else { return false }
    defer { close(socket) }
    var target = sockaddr_un()
    target.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
    let start = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
    let length = socklen_t(start + address.count + (address[0] == 0 ? 0 : 1))
    let message = Array(text.utf8)
    let sent = withUnsafePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
        retrying { sendto(socket, message, message.count, Int32(MSG_DONTWAIT), target, length) }
      }
    }
    return sent == message.count
  }
}

#if canImport(Glibc)
  private let datagram = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
#else
  private let datagram = SOCK_DGRAM
#endif
