import TestSupport
import XCTest

@testable import Inputs

final class GlobTests: XCTestCase {
  private func matches(_ pattern: String, _ path: String) -> Bool { Glob(pattern).matches(Array(path.utf8)[...]) }

  func testMatches() {
    let cases: [(String, [String], [String])] = [
      ("*.jpg", ["a.jpg", "x/y/b.jpg", ".jpg"], ["a.jpeg", "a.jpg.png", "a.JPG"]),
      ("a?c", ["abc", "x/aüc", "a漢c"], ["ac", "abbc", "a/c"]),
      ("[a-c]x[!0-9]", ["axy", "bxü"], ["dxy", "ax1"]),
      ("[]-]", ["]", "-"], ["a"]),
      ("[ä-ü]", ["ö"], ["o"]),
      ("a[", ["a["], ["a"]),
      ("\\*", ["*"], ["a"]),
      ("x/*.jpg", ["x/a.jpg"], ["x/y/a.jpg", "y/x/a.jpg"]),
      ("**/x/*.jpg", ["x/a.jpg", "y/x/a.jpg", "z/y/x/a.jpg"], ["x/y/a.jpg"]),
      ("x/**", ["x/a", "x/y/z"], ["x", "y/x/a"]),
      ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/bx"]),
      ("a/**/b/**/c", ["a/b/c", "a/x/b/b/y/c"], ["a/c"]),
      ("/a", ["a"], ["x/a"]),
      ("**", ["a", "a/b"], []),
      ("", [], ["a"]),
    ]
    for (pattern, yes, no) in cases {
      for path in yes { XCTAssertTrue(matches(pattern, path), "\(pattern) should match \(path)") }
      for path in no { XCTAssertFalse(matches(pattern, path), "\(pattern) should not match \(path)") }
    }
    XCTAssertTrue(Glob("a?b").matches([0x61, 0xff, 0x62]))
  }

  func testNoGlobTakesLong() {
    let name = String(repeating: "a", count: 250)
    let deep = Array(repeating: "a", count: 500).joined(separator: "/")
    let start = CPUTime.ownSeconds
    XCTAssertFalse(matches(String(repeating: "*a", count: 60) + "b", name))
    XCTAssertFalse(matches(String(repeating: "**/a/", count: 60) + "b", deep))
    XCTAssertLessThan(CPUTime.ownSeconds - start, 5)
  }
}
