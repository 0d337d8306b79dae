import CHiredis
import Foundation

/// A reply of Redis, copied out of hiredis.
public enum RedisReply: Sendable, Equatable {
  case bytes([UInt8])
  case int(Int)
  case list([RedisReply])
  case none
  /// An error of Redis, such as "WRONGTYPE ...".
  case refused(String)

  public var array: [RedisReply] { if case .list(let list) = self { list } else { [] } }
  public var data: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
  public var text: String? { data.map { String(decoding: $0, as: UTF8.self) } }
  public var number: Int? {
    switch self {
    case .int(let value): value
    case .bytes: text.flatMap { Int($0) }
    default: nil
    }
  }
}

/// Why there is no reply: no connection, a timeout, or an error of Redis.
public struct RedisError: Error, CustomStringConvertible, Sendable {
  public var description: String
  /// Whether Redis replied with an error.
  public var isRefusal: Bool
  /// The first word of Redis' error, such as `NOSCRIPT`; nil if there was no reply.
  public var code: Substring?

  public init(description: String, isRefusal: Bool = false, code: Substring? = nil) {
    self.description = description
    self.isRefusal = isRefusal
    self.code = code
  }

  /// The error of a reply `.refused(message)` of the server or queue `label`.
  public init(_ label: String, refused message: String) {
    self.init(description: "\(label): \(message)", code: message.split(separator: " ").first)
  }
}

/// One command; `key` determines the node of a cluster that it goes to.
public struct RedisCommand: Sendable {
  public var arguments: [[UInt8]]
  public var key: [UInt8]?

  public init(_ words: [[UInt8]], key: [UInt8]? = nil) {
    arguments = words
    self.key = key
  }

  public init(_ words: String..., key: [UInt8]? = nil) {
    self.init(words.map { Array($0.utf8) }, key: key)
  }
}

/// One connection to one Redis. Used by one thread at a time.
final class RedisConnection {
  let address: RedisURL.Address
  private let context: UnsafeMutablePointer<redisContext>

  /// Connects within the URL's timeout, which later exchanges have too.
  init(_ address: RedisURL.Address, url: RedisURL, authenticates: Bool = true) throws(RedisError) {
    self.address = address
    let limit = Self.timeval(url.timeout)
    guard let context = redisConnectWithTimeout(address.host, Int32(address.port), limit) else {
      throw RedisError(description: "\(address): out of memory")
    }
    self.context = context
    guard context.pointee.err == 0 else { throw failure() }
    redisSetTimeout(context, limit)
    redisEnableKeepAlive(context)
    guard authenticates else { return }
    var hello: [RedisCommand] = []
    if let password = url.password {
      hello.append(
        url.user.map { RedisCommand("AUTH", $0, password) } ?? RedisCommand("AUTH", password))
    }
    if url.database != 0 { hello.append(RedisCommand("SELECT", "\(url.database)")) }
    guard !hello.isEmpty else { return }
    for reply in try run(hello) {
      // Some of Redis' messages quote the user's name, so they are not repeated.
      if case .refused = reply {
        throw RedisError(description: "\(address) refuses the user, the password or the database", isRefusal: true)
      }
    }
  }

  deinit { redisFree(context) }

  /// Sets the timeout of later exchanges, in seconds.
  func limit(_ seconds: Double) { redisSetTimeout(context, Self.timeval(seconds)) }

  /// Sends all commands, then receives all replies.
  func run(_ commands: [RedisCommand]) throws(RedisError) -> [RedisReply] {
    try send(commands)
    return try receive(commands.count)
  }

  /// Sends the commands without waiting for replies.
  func send(_ commands: [RedisCommand]) throws(RedisError) {
    for command in commands {
      var flat: [UInt8] = []
      for bytes in command.arguments { flat.append(contentsOf: bytes) }
      var lengths = command.arguments.map(\.count)
      let status = flat.withUnsafeBytes { bytes -> Int32 in
        // hiredis requires a pointer to text also for arguments without bytes.
        let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) ?? Self.empty
        var pointers: [UnsafePointer<CChar>?] = []
        var offset = 0
        for length in lengths {
          pointers.append(base + offset)
          offset += length
        }
        return redisAppendCommandArgv(context, Int32(lengths.count), &pointers, &lengths)
      }
      guard status == REDIS_OK else { throw failure() }
    }
    var done: Int32 = 0
    repeat {
      guard redisBufferWrite(context, &done) == REDIS_OK else { throw failure() }
    } while done == 0
  }

  /// Receives `count` replies.
  func receive(_ count: Int) throws(RedisError) -> [RedisReply] {
    var replies: [RedisReply] = []
    replies.reserveCapacity(count)
    for _ in 0..<count {
      var raw: UnsafeMutableRawPointer?
      guard redisGetReply(context, &raw) == REDIS_OK, let raw else { throw failure() }
      defer { freeReplyObject(raw) }
      replies.append(Self.copy(raw.assumingMemoryBound(to: redisReply.self)))
    }
    return replies
  }

  private func failure() -> RedisError {
    let message = withUnsafePointer(to: &context.pointee.errstr) {
      $0.withMemoryRebound(to: CChar.self, capacity: 128) { String(cString: $0) }
    }
    let isLate = context.pointee.err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK)
    return RedisError(description: "\(address): \(isLate ? "no reply in time" : message)")
  }

  private static func copy(_ reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
    let value = reply.pointee
    func bytes() -> [UInt8] {
      guard let text = value.str else { return [] }
      return Array(UnsafeRawBufferPointer(start: text, count: Int(value.len)))
    }
    switch value.type {
    case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: return .bytes(bytes())
    case REDIS_REPLY_INTEGER: return .int(Int(value.integer))
    case REDIS_REPLY_ERROR: return .refused(String(decoding: bytes(), as: UTF8.self))
    case REDIS_REPLY_ARRAY:
      return .list((0..<Int(value.elements)).map { value.element[$0].map(copy) ?? .none })
    default: return .none
    }
  }

  private static func timeval(_ seconds: Double) -> CHiredis.timeval {
    CHiredis.timeval(tv_sec: Int(seconds), tv_usec: Int((seconds - seconds.rounded(.down)) * 1e6))
  }

  // Never written to, and never freed.
  nonisolated(unsafe) private static let empty: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return UnsafePointer(byte)
  }()
}
