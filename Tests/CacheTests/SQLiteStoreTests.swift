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
