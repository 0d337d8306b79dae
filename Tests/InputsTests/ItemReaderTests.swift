import XCTest

@testable import Inputs
@testable import Platform
@testable import Recognition

final class ItemReaderTests: XCTestCase {
  private let buffer = FileBuffer()
  private let reader = ItemReader(maxBytes: 5)

  private func code(_ origin: Item.Origin, path: String = "missing.jpg") -> Failure.Code? {
    do throws(Failure) {
      try reader.read(Item(index: 0, path: RawPath(path), origin: origin), into: buffer)
      return nil
    } catch {
      return error.code
    }
  }

  func testEveryOrigin() throws {
    let tree = try TemporaryTree()
    let path = try tree.file("a.jpg", "abc")
    let item = Item(index: 0, path: RawPath(path))
    XCTAssertEqual(try reader.read(item, into: buffer)?.size, 3)
    XCTAssertEqual(Array(buffer.bytes), Array("abc".utf8))
    let elsewhere = Item(index: 0, path: RawPath("/named/b.jpg"), origin: .fileAt(RawPath(path)))
    XCTAssertEqual(try reader.read(elsewhere, into: buffer)?.size, 3)
    XCTAssertNil(try reader.read(Item(index: 0, path: RawPath("c"), origin: .bytes([1, 2])), into: buffer))
    XCTAssertEqual(Array(buffer.bytes), [1, 2])
    XCTAssertEqual(code(.file), .notFound)
    XCTAssertEqual(code(.fault(Failure(.walk, .linkLoop, "a loop"))), .linkLoop)
    XCTAssertEqual(code(.file, path: try tree.file("big.jpg", "abcdef")), .fileTooLarge)
  }

  func testOnlyASettledStampIsReturned() throws {
    let tree = try TemporaryTree()
    let path = try tree.file("a.jpg", "abc")
    let item = Item(index: 0, path: RawPath(path))
    XCTAssertNil(try reader.readSettled(item, into: buffer), "the file was written just now")
    XCTAssertEqual(Array(buffer.bytes), Array("abc".utf8))
    func stamp(changed: Int64) -> FileStamp {
      FileStamp(device: 0, inode: 0, size: 0, modified: 0, changed: changed)
    }
    XCTAssertTrue(stamp(changed: 9_000_000_000).isRacy(readAt: 10_000_000_000))
    XCTAssertFalse(stamp(changed: 7_000_000_000).isRacy(readAt: 10_000_000_000))
  }
}
