import XCTest

@testable import Cache
@testable import Recognition

final class SQLiteMaintenanceTests: XCTestCase {
  func testPruneBySizeAndVerify() throws {
    let fixtures = try StoreFixtures()
    let store = fixtures.sqlite()
    store.put(StoreFixtures.batch(2001))
    store.close()
    let path = fixtures.sqlitePath
    XCTAssertEqual(try SQLiteMaintenance.verify(path), [])
    XCTAssertEqual(try SQLiteMaintenance.stats(path).answers, 2001)
    XCTAssertEqual(try SQLiteMaintenance.prune(path, maxBytes: nil, maxAge: 86400), 0)
    XCTAssertGreaterThan(try SQLiteMaintenance.prune(path, maxBytes: 100_000, maxAge: nil), 200)
    XCTAssertLessThan(try SQLiteMaintenance.stats(path).bytes, 100_000)
  }

  func testClearRemovesOnlyStores() throws {
    let fixtures = try StoreFixtures()
    let file = fixtures.folder.appendingPathComponent("photo.jpg")
    try Data("precious".utf8).write(to: file)
    XCTAssertThrowsError(try SQLiteMaintenance.clear(file.path, evenDamaged: false))
    XCTAssertEqual(try Data(contentsOf: file), Data("precious".utf8))

    let store = fixtures.sqlite()
    store.put(StoreFixtures.batch(1))
    store.close()
    try SQLiteMaintenance.clear(fixtures.sqlitePath, evenDamaged: false)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: fixtures.folder.path), ["photo.jpg"])
  }
}
