import Foundation

/// A TCP connection on which the test says every byte.
public final class TCPConnection {
  private let descriptor: Int32

  public init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Whether all of it could be sent.
  @discardableResult
  public func send(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// What comes until the server closes the connection; ends after 20 s without a byte.
  public func readAll() -> String {
    var all: [UInt8] = []
    while let part = read() { all += part }
    return String(decoding: all, as: UTF8.self)
  }

  /// The next response, by its Content-Length.
  public func response(withBody: Bool = true) -> String {
    var all = ""
    while let part = read() {
      all += String(decoding: part, as: UTF8.self)
      guard let end = all.range(of: "\r\n\r\n") else { continue }
      let length =
        all[..<end.lowerBound].split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
        .flatMap { Int($0.dropFirst(16)) } ?? 0
      if !withBody || all[end.upperBound...].utf8.count >= length { break }
    }
    return all
  }

  /// The next bytes; nil at the end.
  public func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }
}

/// The answer of a server on this machine to a GET.
public struct HTTPAnswer {
  public var status: Int
  /// By their names in lower case.
  public var fields: [String: String] = [:]
  public var body: String

  /// Asks for `target`, which is percent-encoded.
  public init(of target: String, port: Int, accept: String? = nil) throws {
    let connection = try TCPConnection(port: port)
    let accept = accept.map { "Accept: \($0)\r\n" } ?? ""
    // HTTP/1.0: the body ends with the connection.
    connection.send("GET \(target) HTTP/1.0\r\nHost: 127.0.0.1\r\n\(accept)\r\n")
    let parts = connection.readAll().components(separatedBy: "\r\n\r\n")
    let lines = parts[0].components(separatedBy: "\r\n")
    status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    body = parts.dropFirst().joined(separator: "\r\n\r\n")
  }
}
