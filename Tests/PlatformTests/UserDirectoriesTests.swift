import XCTest

@testable import Platform

final class UserDirectoriesTests: XCTestCase {
  func testOneRuleForAllFolders() {
    let home = ["HOME": "/h"]
    XCTAssertEqual(UserDirectories.config(environment: home), "/h/.config/imgrec")
    XCTAssertEqual(UserDirectories.cache(environment: home), "/h/.cache/imgrec")
    XCTAssertEqual(UserDirectories.data(environment: home), "/h/.local/share/imgrec")
    for (variable, folder) in [
      ("XDG_CONFIG_HOME", UserDirectories.config), ("XDG_CACHE_HOME", UserDirectories.cache),
      ("XDG_DATA_HOME", UserDirectories.data),
    ] {
      XCTAssertEqual(folder(home.merging([variable: "/x"]) { $1 }), "/x/imgrec", variable)
      // A relative folder is ignored, as an empty one.
      for ignored in ["", "x"] {
        XCTAssertEqual(folder(home.merging([variable: ignored]) { $1 }), folder(home), variable)
      }
    }
  }

  func testWithoutHomeTheUserDatabaseDecides() throws {
    let entry = try XCTUnwrap(getpwuid(getuid())?.pointee.pw_dir, "no entry for this user")
    let home = String(cString: entry)
    for environment in [[:], ["HOME": ""], ["HOME": "relative"]] {
      XCTAssertEqual(UserDirectories.cache(environment: environment), "\(home)/.cache/imgrec")
    }
  }
}
