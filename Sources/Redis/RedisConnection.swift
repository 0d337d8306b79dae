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
    case .list, .none, .refused: nil
    }
  }
  /// A number of items: 0 if it is none, and bounded, so that sums over all shards do not overflow whatever is stored.
  public var count: Int { max(0, min(number ?? 0, 1 << 50)) }
}

/// Why there is no reply: no connection, a timeout, or an error of Redis.
public struct RedisError: Error, CustomStringConvertible, Sendable {
  public var description: String
  /// Whether repeating is of no use: the credentials are refused, or the data are not what they should be.
  public var isPermanent: Bool
  /// The first word of Redis' error, such as `NOSCRIPT`; nil if there was no reply.
  public var code: Substring?

  public init(description: String, isPermanent: Bool = false, code: Substring? = nil) {
    self.description = description
    self.isPermanent = isPermanent
    self.code = code
  }

  /// The error of a reply `.refused(message)` of the server or queue `label`.
  public init(_ label: String, refused message: String) {
    let code = message.split(separator: " ").first
    // WRONGTYPE: a key of another program.
    self.init(description: "\(label): \(message.prefix(500))", isPermanent: code == "WRONGTYPE", code: code)
  }

  /// The error of a server that refuses its client; nil if `message` is another one. Some of Redis' messages quote the
  /// user's name, so they are not repeated.
  init?(_ address: RedisURL.Address, refusal message: String) {
    let how = "give them as redis://USER:PASSWORD@HOST or in IMGREC_REDIS_USER and IMGREC_REDIS_PASSWORD"
    let problem: String
    switch message.split(separator: " ").first {
    case "NOAUTH": problem = "requires a password; \(how)"
    case "WRONGPASS": problem = "refuses the user or the password; \(how)"
    case "ERR" where ["ERR AUTH", "ERR Client sent AUTH", "ERR invalid password"].contains(where: message.hasPrefix):
      problem = "refuses the password; \(how)"
    case "ERR" where message.contains("DB index"): problem = "has no database of that number"
    default: return nil
    }
    self.init(description: "\(address) \(problem)", isPermanent: true)
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
    for case .refused(let message) in try run(hello) { throw RedisError("\(address)", refused: message) }
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

  /// Receives `count` replies. Throws if the server refuses the credentials.
  func receive(_ count: Int) throws(RedisError) -> [RedisReply] {
    var replies: [RedisReply] = []
    replies.reserveCapacity(count)
    for _ in 0..<count {
      let raw = try receive()
      defer { freeReplyObject(raw) }
      let reply = Self.copy(raw.assumingMemoryBound(to: redisReply.self))
      if case .refused(let message) = reply, let refusal = RedisError(address, refusal: message) { throw refusal }
      replies.append(reply)
    }
    return replies
  }

  /// Maximum bytes of one reply: twice what a worker takes at once (256 MiB of images that travel as bytes).
  private static let maxReply = 512 << 20

  private func receive() throws(RedisError) -> UnsafeMutableRawPointer {
    var raw: UnsafeMutableRawPointer?
    var received = 0
    while true {
      guard redisGetReplyFromReader(context, &raw) == REDIS_OK else { throw failure() }
      if let raw { return raw }
      let before = context.pointee.reader.pointee.len
      guard redisBufferRead(context) == REDIS_OK else { throw failure() }
      received += max(0, context.pointee.reader.pointee.len - before)
      guard received <= Self.maxReply else {
        throw RedisError(
          description: "\(address): a reply of more than \(Self.maxReply >> 20) MiB", isPermanent: true)
      }
    }
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
