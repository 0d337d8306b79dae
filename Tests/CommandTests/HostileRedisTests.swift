import Foundation
import RedisTestSupport
import XCTest

/// A Redis that refuses its clients, forgets keys, or holds what imgrec never wrote.
final class HostileRedisTests: XCTestCase {
  private let model = ["--model", ImgrecCLI.instantModel]
  private var folder = URL(fileURLWithPath: "/")

  override func setUpWithError() throws {
    guard RedisServer.isInstalled else { throw XCTSkip(RedisServer.hint) }
    folder = try ImgrecCLI.temporaryFolder()
    try ImgrecCLI.copies(3, in: folder)
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func run(_ arguments: [String]) throws -> ImgrecCLI.Result { try ImgrecCLI.run(arguments, folder: folder) }

  /// Every command that uses a queue.
  private func commands(_ url: String) -> [[String]] {
    [
      ["worker", "--queue", url], ["submit", "photos", "--queue", url] + model, ["collect", "--queue", url],
      ["scan", "photos", "--queue", url] + model, ["queue", "status", "--queue", url],
      ["queue", "purge", "--queue", url],
    ]
  }

  func testAnAbsurdManifestIsRefused() throws {
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    let cases: [(field: String, value: String, message: String)] = [
      ("shards", "99999999", "99999999 shards"), ("shards", "-1", "-1 shards"), ("shards", "many", "many shards"),
      ("shards", "0", "0 shards"), ("shards", "1025", "1025 shards"),
      ("inline", "1000000000000", "items of 1000000000000 bytes"), ("inline", "-5", "items of -5 bytes"),
      ("arguments", String(repeating: "--top\u{1}1", count: 12_000), "arguments of 84000 bytes"),
    ]
    for (field, value, message) in cases {
      try server.cli("del", "imgrec:queue:{photos}:meta")
      try server.cli("hset", "imgrec:queue:{photos}:meta", "shards", "1", "inline", "0", "arguments", "")
      try server.cli("hset", "imgrec:queue:{photos}:meta", field, value)
      for command in field == "shards" && value == "99999999" ? commands(url) : [commands(url)[0]] {
        let result = try run(command)
        XCTAssertEqual(result.status, 2, "\(command): \(result.err)")
        XCTAssertTrue(result.err.contains(message), "\(command): \(result.err)")
        XCTAssertTrue(result.err.contains("imgrec:queue:{photos}:meta is not the manifest of a queue"), result.err)
      }
    }
    try server.cli("del", "imgrec:queue:{photos}:meta")
    try server.cli("set", "imgrec:queue:{photos}:meta", "text")
    XCTAssertEqual(try run(commands(url)[0]).status, 2)
  }

  func testNumbersThatAreTooLargeOverflowNothing() throws {
    let server = try RedisServer()
    let url = "redis://\(server.address)/photos"
    XCTAssertEqual(try run(["submit", "photos", "--queue", url, "--shards", "2"] + model).status, 0)
    for shard in 0..<2 {
      for field in ["submitted", "finished", "collected"] {
        try server.cli("hset", "imgrec:queue:{photos:\(shard)}:counts", field, "\(Int.max)")
      }
      let todo = "imgrec:queue:{photos:\(shard)}:todo"
      try server.cli("xreadgroup", "group", "imgrec", "lost", "count", "10", "streams", todo, ">")
      let entries = try server.cli("xrange", todo, "-", "+").split(separator: "\n").filter { $0.contains("-0") }
      for entry in entries {
        try server.cli(
          "xclaim", todo, "imgrec", "lost", "0", String(entry), "idle", "100000", "retrycount", "\(Int.max)")
      }
    }
    // Not an item: the worker would wait for its end.
    try server.cli("xadd", "imgrec:queue:{photos:0}:todo", "*", "p", "", "x", "y")
    XCTAssertEqual(try run(["queue", "status", "--queue", url]).status, 0)
    XCTAssertEqual(try run(["worker", "--queue", url, "--until-empty"]).status, 0)
    let collected = try run(["collect", "--queue", url])
    XCTAssertEqual(collected.status, 1, collected.err)
    XCTAssertEqual(try collected.records().count, 3)
  }

  func testAMissingOrWrongPasswordEndsTheCommand() throws {
    let server = try RedisServer(["--requirepass", "right"])
    for (user, message) in [("", "requires a password"), (":wr0ng@", "refuses")] {
      let url = "redis://\(user)\(server.address)/photos"
      let cache = "redis://\(user)\(server.address)"
      for command in commands(url) + [
        ["scan", "photos", "--cache", cache] + model,
        ["submit", "photos", "--queue", "redis://:right@\(server.address)/photos", "--cache", cache] + model,
      ] {
        let result = try run(command)
        XCTAssertEqual(result.status, 2, "\(command): \(result.err)")
        XCTAssertTrue(result.err.contains(message), "\(command): \(result.err)")
        XCTAssertTrue(result.err.contains("IMGREC_REDIS_PASSWORD"), "\(command): \(result.err)")
        XCTAssertFalse(result.err.contains("wr0ng"), result.err)
      }
    }
    let database = try run(["worker", "--queue", "redis://:right@\(server.address)/99/photos"])
    XCTAssertEqual(database.status, 2)
    XCTAssertTrue(database.err.contains("has no database of that number"), database.err)
  }

  func testEvictionIsWarnedOf() throws {
    let server = try RedisServer()
    let submit = ["submit", "photos", "--queue", "redis://\(server.address)/photos"] + model
    XCTAssertFalse(try run(submit).err.contains("maxmemory"))
    try server.cli("config", "set", "maxmemory-policy", "allkeys-lru")
    let result = try run(submit)
    XCTAssertEqual(result.status, 0)
    XCTAssertTrue(result.err.contains("maxmemory-policy allkeys-lru"), result.err)
    // A Redis that does not say is not a problem.
    try server.cli("acl", "setuser", "default", "-info")
    let silent = try run(submit)
    XCTAssertEqual(silent.status, 0, silent.err)
    XCTAssertFalse(silent.err.contains("maxmemory"), silent.err)
  }
}
