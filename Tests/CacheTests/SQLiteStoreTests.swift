import XCTest

@testable import Cache
@testable import Recognition

final class SQLiteStoreTests: XCTestCase {
  func testStampsAreExact() throws {
    let fixtures = try StoreFixtures()
    let store = fixtures.sqlite()
    let stamp = FileStamp(device: 1, inode: .max, size: 3, modified: 4, changed: 5)
    let digest = [UInt8](repeating: 9, count: 32)
    var batch = StoreBatch()
    batch.stamps.append((stamp, digest))
    store.put(batch)
    XCTAssertEqual(store.digests(of: [stamp]), [digest])
    for field in [\FileStamp.size, \.modified, \.changed] {
      var other = stamp
      other[keyPath: field] += 1
      XCTAssertEqual(store.digests(of: [other]), [nil])
    }
  }

  func testADamagedAnswerIsNotFound() throws {
    let fixtures = try StoreFixtures()
    let store = fixtures.sqlite()
    store.put(StoreFixtures.batch(3))
    store.close()
    XCTAssertEqual(try SQLiteMaintenance.verify(fixtures.sqlitePath), [])
    // Writes the log into the file.
    XCTAssertEqual(try SQLiteMaintenance.prune(fixtures.sqlitePath, maxBytes: nil, maxAge: 86400), 0)
    var file = try Data(contentsOf: URL(fileURLWithPath: fixtures.sqlitePath))
    // A bit of the score: another number, which is one.
    let score = try XCTUnwrap(file.firstRange(of: Data("\"id\":1,\"score\":0.5".utf8)))
    file[score.upperBound - 1] ^= 2
    try file.write(to: URL(fileURLWithPath: fixtures.sqlitePath))
    let damaged = fixtures.sqlite()
    XCTAssertEqual(
      damaged.answers(to: (0..<3).map { StoreFixtures.key($0) }), [StoreFixtures.value(0), nil, StoreFixtures.value(2)])
    XCTAssertEqual(try SQLiteMaintenance.verify(fixtures.sqlitePath).count, 1)
    // The work is done again.
    damaged.put(StoreFixtures.batch(3))
    XCTAssertEqual(damaged.answers(to: [StoreFixtures.key(1)]), [StoreFixtures.value(1)])
    damaged.close()
    XCTAssertEqual(try SQLiteMaintenance.verify(fixtures.sqlitePath), [])
  }

  func testAnAnswerBelongsToItsImageAndQuery() {
    let (key, value) = (StoreFixtures.key(1), StoreFixtures.value(1))
    let sealed = AnswerSeal.seal(value, of: key)
    XCTAssertEqual(AnswerSeal.open(sealed, of: key), value)
    XCTAssertNil(AnswerSeal.open(sealed, of: StoreFixtures.key(2)))
    XCTAssertNil(AnswerSeal.open(sealed, of: StoreFixtures.key(1, query: 2)))
    for index in sealed.indices {
      var damaged = sealed
      damaged[index] ^= 1
      XCTAssertNil(AnswerSeal.open(damaged, of: key))
    }
    for count in 0..<sealed.count { XCTAssertNil(AnswerSeal.open(sealed.prefix(count), of: key)) }
  }

  /// The store of version 1, whose answers had no checksum, is used with no answer left.
  func testAnOlderStoreIsUpgraded() throws {
    let fixtures = try StoreFixtures()
    let path = fixtures.sqlitePath
    let first = fixtures.sqlite()
    first.put(StoreFixtures.batch(2))
    first.close()
    let pool = try SQLiteFile.open(path)
    try pool.write { try $0.execute(sql: "PRAGMA user_version = 1") }
    try pool.close()
    XCTAssertEqual(try SQLiteMaintenance.verify(path), [])
    XCTAssertEqual(try SQLiteMaintenance.stats(path).answers, 0)
    let store = fixtures.sqlite()
    store.put(StoreFixtures.batch(2))
    XCTAssertEqual(store.answers(to: [StoreFixtures.key(1)]), [StoreFixtures.value(1)])
    store.close()
    XCTAssertEqual(try SQLiteMaintenance.stats(path).answers, 2)
  }

  func testAFileThatIsNotAStoreIsNotTouched() throws {
    let fixtures = try StoreFixtures()
    let file = fixtures.folder.appendingPathComponent("photo.jpg")
    try Data("precious".utf8).write(to: file)
    let store = SQLiteStore(path: file.path, logger: fixtures.logger)
    XCTAssertEqual(store.answers(to: [StoreFixtures.key(1)]), [nil])
    XCTAssertEqual(store.faults, 1)
    XCTAssertEqual(try Data(contentsOf: file), Data("precious".utf8))
  }
}
