import Foundation

/// A TCP socket that accepts connections.
public struct ListeningSocket: Sendable {
  public let descriptor: Int32
  /// The port, also where the system has chosen it.
  public let port: Int
  /// The address for people and programs on this machine, such as `127.0.0.1:9464` or `[::1]:9464`.
  public let address: String

  /// Why no socket could be opened.
  public enum Problem: Error, Equatable {
    case unknownHost(String)
    case inUse
    case denied
    /// The host is not an address of this machine.
    case elsewhere
    case other(String)
  }

  /// Opens a socket on `port`, 0 for a free one, of one address, or of all addresses of this machine.
  public init(host: String?, port: Int) throws(Problem) {
    var last = Problem.other("no address")
    for candidate in try Self.addresses(host, port) {
      do throws(Problem) {
        self = try Self(candidate, isAny: host == nil)
        return
      } catch {
        last = error
      }
    }
    throw last
  }

  public func release() { close(descriptor) }

  private init(descriptor: Int32, port: Int, address: String) {
    (self.descriptor, self.port, self.address) = (descriptor, port, address)
  }

  private struct Address {
    var family: Int32
    var bytes: [UInt8]
  }

  private init(_ address: Address, isAny: Bool) throws(Problem) {
    // Programs that the run starts do not inherit it.
    let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Self.problem(errno) }
    var on: Int32 = 1
    // Without it, "all addresses" of IPv6 are those of IPv4 too.
    var isIPv6Only: Int32 = isAny ? 0 : 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    // A worker that is started again takes the port of the one before, whose last connections are not over yet.
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if address.family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isIPv6Only, size) }
    let bound = address.bytes.withUnsafeBytes { bytes in
      bind(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
    guard bound == 0, listen(descriptor, 64) == 0 else {
      let problem = Self.problem(errno)
      close(descriptor)
      throw problem
    }
    var own = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [UInt8](repeating: 0, count: 64)
    var port = [UInt8](repeating: 0, count: 16)
    let isNamed = withUnsafeMutablePointer(to: &own) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length) == 0 && Self.name($0, length, &host, &port)
      }
    }
    let number = isNamed ? Int(Self.text(port)) ?? 0 : 0
    let name = isAny ? "127.0.0.1" : Self.text(host)
    self.init(descriptor: descriptor, port: number, address: (name.contains(":") ? "[\(name)]" : name) + ":\(number)")
  }

  private static func name(
    _ address: UnsafePointer<sockaddr>, _ length: socklen_t, _ host: inout [UInt8], _ port: inout [UInt8]
  ) -> Bool {
    host.withUnsafeMutableBytes { host in
      port.withUnsafeMutableBytes { port in
        getnameinfo(
          address, length, host.baseAddress?.assumingMemoryBound(to: CChar.self), socklen_t(host.count),
          port.baseAddress?.assumingMemoryBound(to: CChar.self), socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
          == 0
      }
    }
  }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  /// The addresses of a host; without one, those that stand for all addresses of this machine, IPv6 with IPv4 first.
  private static func addresses(_ host: String?, _ port: Int) throws(Problem) -> [Address] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, "\(port)", &hints, &list)
    guard code == 0, let list else { throw .unknownHost(String(cString: gai_strerror(code))) }
    defer { freeaddrinfo(list) }
    var found: [Address] = []
    for entry in sequence(first: list, next: { $0.pointee.ai_next }) {
      guard let address = entry.pointee.ai_addr else { continue }
      let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
      found.append(Address(family: entry.pointee.ai_family, bytes: Array(bytes)))
    }
    return host == nil ? found.sorted { ($0.family == AF_INET6 ? 0 : 1) < ($1.family == AF_INET6 ? 0 : 1) } : found
  }

  private static func problem(_ code: Int32) -> Problem {
    switch code {
    case EADDRINUSE: .inUse
    case EACCES, EPERM: .denied
    case EADDRNOTAVAIL: .elsewhere
    default: .other(systemMessage(code))
    }
  }
}
