import Platform
import XCTest

final class DigestTests: XCTestCase {
  /// The examples of FIPS 180-4's companion, whole and in pieces.
  func testKnownAnswers() {
    XCTAssertEqual(
      hexadecimal(Digest.of("abc".utf8)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    XCTAssertEqual(
      hexadecimal(Digest.of([])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let pieces = Digest(.sha1)
    for piece in ["a", "", "bc"] { Array(piece.utf8).withUnsafeBytes(pieces.update) }
    XCTAssertEqual(hexadecimal(pieces.finalize()), "a9993e364706816aba3e25717850c26c9cd0d89d")
  }
}
