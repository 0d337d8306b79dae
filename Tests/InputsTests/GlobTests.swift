import TestSupport
import XCTest

@testable import Inputs

final class GlobTests: XCTestCase {
  private func matches(_ pattern: String, _ path: String, ignoringCase: Bool = false) throws -> Bool {
    try Glob(pattern, ignoringCase: ignoringCase).matches(Array(path.utf8)[...], isFolder: false)
  }

  func testMatches() throws {
    let cases: [(String, [String], [String])] = [
      ("*.jpg", ["a.jpg", "x/y/b.jpg", ".jpg"], ["a.jpeg", "a.jpg.png", "a.JPG"]),
      ("a?c", ["abc", "x/aüc", "a漢c"], ["ac", "abbc", "a/c"]),
      ("[a-c]x[!0-9]", ["axy", "bxü"], ["dxy", "ax1"]),
      ("[]-]", ["]", "-"], ["a"]),
      ("[ä-ü]", ["ö"], ["o"]),
      ("a\\[", ["a["], ["a"]),
      ("*.{jpg,png}", ["a.jpg", "x/a.png"], ["a.gif", "a.{jpg,png}"]),
      ("{2023,2024/{05,06}}/*.jpg", ["2023/a.jpg", "2024/06/a.jpg"], ["2024/a.jpg", "2024/07/a.jpg"]),
      ("a{,b}c", ["ac", "abc"], ["abbc"]),
      ("{a}{b}", ["ab"], ["a", "b"]),
      ("\\{a,b\\}", ["{a,b}"], ["a", "b"]),
      ("{a\\,b,c}", ["a,b", "c"], ["a", "b"]),
      ("[{,}]", ["{", ",", "}"], ["a"]),
      ("a,b", ["a,b"], ["a"]),
      ("{**/,}x/*.jpg", ["x/a.jpg", "y/x/a.jpg"], ["a.jpg"]),
      ("\\*", ["*"], ["a"]),
      ("x/*.jpg", ["x/a.jpg"], ["x/y/a.jpg", "y/x/a.jpg"]),
      ("**/x/*.jpg", ["x/a.jpg", "y/x/a.jpg", "z/y/x/a.jpg"], ["x/y/a.jpg"]),
      ("x/**", ["x/a", "x/y/z"], ["x", "y/x/a"]),
      ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/bx"]),
      ("a/**/b/**/c", ["a/b/c", "a/x/b/b/y/c"], ["a/c"]),
      ("/a", ["a"], ["x/a"]),
      ("**", ["a", "a/b"], []),
      ("/", [], ["a"]),
    ]
    for (pattern, yes, no) in cases {
      for path in yes { XCTAssertTrue(try matches(pattern, path), "\(pattern) should match \(path)") }
      for path in no { XCTAssertFalse(try matches(pattern, path), "\(pattern) should not match \(path)") }
    }
    XCTAssertTrue(Glob("a?b").matches([0x61, 0xff, 0x62], isFolder: false))
    XCTAssertFalse(Glob("{a,b/}").matches([0x62], isFolder: false))
    XCTAssertTrue(Glob("{a,b/}").matches([0x62], isFolder: true))
  }

  func testUpperAndLowerCase() throws {
    let cases: [(String, [String], [String])] = [
      ("*.jpg", ["a.JPG", "a.jpg", "a.JpG"], ["a.png"]),
      ("DSC_*.{NEF,jpg}", ["dsc_1.nef", "DSC_2.JPG"], ["img.jpg"]),
      ("[A-C]ü", ["aÜ", "Bü"], ["dü"]),
      ("[!a-c]", ["d", "D"], ["A", "b"]),
      ("Straße", ["straße", "STRAßE"], ["STRASSE"]),
    ]
    for (pattern, yes, no) in cases {
      for path in yes { XCTAssertTrue(try matches(pattern, path, ignoringCase: true), "\(pattern) and \(path)") }
      for path in no { XCTAssertFalse(try matches(pattern, path, ignoringCase: true), "\(pattern) and \(path)") }
    }
    XCTAssertTrue(try Glob("*.JPG", ignoringCase: true).matches([0xff, 0x2e, 0x6a, 0x70, 0x67], isFolder: false))
  }

  func testInvalidPatterns() {
    let nested = String(repeating: "{", count: 40)
    let cases: [(String, String)] = [
      ("", "empty"), ("a[", "'[' is not closed"), ("{a,b", "'{' is not closed"), ("a}", "'}' closes nothing"),
      ("a\\", "stands before nothing"), ("[z-a]", "ends before it begins"), (nested, "nested"),
      (String(repeating: "{a,b}", count: 11), "more than 1024"),
      ("{" + String(repeating: ",", count: 2000) + "}", "more than 1024"),
    ]
    for (pattern, says) in cases {
      XCTAssertThrowsError(try Glob(pattern), pattern) { XCTAssertTrue("\($0)".contains(says), "\(pattern): \($0)") }
    }
    XCTAssertNoThrow(try Glob(String(repeating: "{a,b}", count: 10)))
  }

  func testNoGlobTakesLong() throws {
    let name = String(repeating: "a", count: 250)
    let deep = Array(repeating: "a", count: 500).joined(separator: "/")
    let start = CPUTime.ownSeconds
    XCTAssertFalse(try matches(String(repeating: "*a", count: 60) + "b", name))
    XCTAssertFalse(try matches(String(repeating: "**/a/", count: 60) + "b", deep))
    XCTAssertLessThan(CPUTime.ownSeconds - start, 5)
  }
}
