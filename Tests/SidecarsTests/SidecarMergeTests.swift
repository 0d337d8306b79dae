import Recognition
import XCTest

@testable import Sidecars

/// What is imgrec's is replaced; what is the user's stays, and what the user took out stays out.
final class SidecarMergeTests: XCTestCase {
  private func wanted(_ keywords: [(String, TaskKind)], regions: [FaceRegion] = [], text: String? = nil) -> WantedTags {
    var wanted = WantedTags()
    wanted.tasks = [.classify, .detect, .faces, .text]
    wanted.keywords = keywords.map { WantedTags.Keyword(text: $0.0, task: $0.1) }
    wanted.regions = regions
    wanted.description = text
    return wanted
  }

  private func merge(_ old: SidecarContent, _ wanted: WantedTags, _ tasks: Set<TaskKind>? = nil) -> SidecarMerge {
    SidecarMerge(old, wanted, tasks: tasks ?? wanted.tasks)
  }

  private func content(_ keywords: [String]) -> SidecarContent {
    var content = SidecarContent()
    content.lists[.subject] = keywords
    return content
  }

  func testAKeywordOfTheUserIsNotTaken() {
    let first = merge(content(["Dog", "sea"]), wanted([("dog", .classify), ("cat", .classify)]))
    XCTAssertEqual(first.new.lists[.subject], ["Dog", "sea", "cat"])
    XCTAssertEqual(merge(first.new, wanted([])).new.lists[.subject], ["Dog", "sea"])
    XCTAssertEqual(merge(first.new, wanted([])).new.written, [])
  }

  func testTasksKeepTheirOwn() {
    let first = merge(SidecarContent(), wanted([("dog", .classify), ("car", .classify)]), [.classify])
    let second = merge(first.new, wanted([("dog", .detect), ("Ada", .faces)]), [.detect, .faces])
    XCTAssertEqual(second.new.lists[.subject], ["dog", "car", "Ada"])
    let third = merge(second.new, wanted([]), [.classify])
    XCTAssertEqual(third.new.lists[.subject], ["dog", "Ada"])
    XCTAssertEqual(third.new.lists[.hierarchy], ["Objects|dog", "People|Ada"])
    XCTAssertEqual(merge(second.new, wanted([("dog", .detect), ("Ada", .faces)]), [.detect, .faces]).new, second.new)
  }

  func testWhatTheUserTookOutStaysOut() {
    var edited = merge(SidecarContent(), wanted([("dog", .classify), ("car", .classify)])).new
    edited.lists[.subject] = ["car"]
    let again = merge(edited, wanted([("dog", .classify)]))
    XCTAssertEqual(again.new.lists[.subject], [])
    let third = merge(again.new, wanted([("dog", .classify), ("dog", .detect)]))
    XCTAssertEqual(third.new.lists[.subject], [])
    let forgotten = SidecarMerge(third.new, WantedTags(), tasks: Set(TaskKind.allCases), forgets: true).new
    XCTAssertEqual(merge(forgotten, wanted([("dog", .classify)])).new.lists[.subject], ["dog"])
  }

  /// darktable and digiKam read no flat keywords beside those with paths.
  func testKeywordsOfTheUserStayVisible() {
    let first = merge(content(["sea"]), wanted([("dog", .classify)]))
    XCTAssertEqual(first.new.lists[.hierarchy], ["Objects|dog", "sea"])
    XCTAssertEqual(merge(first.new, wanted([])).new.lists[.hierarchy], [])
    var filed = content(["sea"])
    filed.lists[.hierarchy] = ["Places|sea"]
    XCTAssertEqual(merge(filed, wanted([("dog", .classify)])).new.lists[.hierarchy], ["Places|sea", "Objects|dog"])
    XCTAssertEqual(merge(filed, wanted([("sea", .classify)])).new, filed)
  }

  func testSeparatorsInNames() {
    var old = SidecarContent()
    old.lists[.tagsList] = ["x"]
    let new = merge(old, wanted([("a|b/c", .classify), ("a_b/c", .classify)])).new
    XCTAssertEqual(new.lists[.subject], ["a|b/c", "a_b/c"])
    XCTAssertEqual(new.lists[.hierarchy], ["Objects|a_b/c"])
    XCTAssertEqual(new.lists[.tagsList], ["x", "Objects/a|b_c", "Objects/a_b_c"])
    XCTAssertEqual(merge(new, wanted([("a|b/c", .classify), ("a_b/c", .classify)])).new, new)
  }

  func testADescriptionOfTheUserStays() {
    var old = SidecarContent()
    old.description = "mine"
    XCTAssertEqual(merge(old, wanted([], text: "EXIT")).new, old)
    var ours = merge(SidecarContent(), wanted([], text: "EXIT")).new
    XCTAssertEqual(ours.description, "EXIT")
    XCTAssertEqual(merge(ours, wanted([], text: "ENTRY")).new.description, "ENTRY")
    XCTAssertNil(merge(ours, wanted([])).new.description)
    ours.description = "EXIT to the north"
    XCTAssertEqual(merge(ours, wanted([], text: "EXIT")).new, ours)
    ours.description = nil
    XCTAssertNil(merge(ours, wanted([], text: "EXIT")).new.description)
  }

  func testRegions() {
    let ada = FaceRegion(x: 0.5, y: 0.5, width: 0.2, height: 0.2)
    let bob = FaceRegion(x: 0.2, y: 0.2, width: 0.1, height: 0.1, name: "Bob")
    var old = SidecarContent()
    old.regions = [FaceRegion(x: 0.51, y: 0.5, width: 0.2, height: 0.2, name: "Ada")]
    let first = merge(old, wanted([], regions: [ada, bob]))
    XCTAssertEqual(first.new.regions, old.regions + [bob])
    XCTAssertEqual(merge(first.new, wanted([], regions: [ada, bob])).new, first.new)
    XCTAssertEqual(merge(first.new, wanted([])).new.regions, old.regions)
    // Named by the user, and so the user's.
    var named = merge(SidecarContent(), wanted([], regions: [ada])).new
    named.regions[0].name = "Ada"
    XCTAssertEqual(merge(named, wanted([], regions: [ada])).new, named)
    XCTAssertEqual(merge(named, wanted([])).new.regions.map(\.name), ["Ada"])
    // Taken out by the user: no face.
    named.regions = []
    XCTAssertEqual(merge(named, wanted([], regions: [ada])).new, named)
  }

  func testTextIsCleaned() {
    XCTAssertEqual(TagText.clean(" a\u{0}b\n c\u{7f} "), "a b c")
    XCTAssertEqual(TagText.clean("a \n\n b\r\nc", keepingLines: true), "a\n\nb\nc")
    XCTAssertNil(TagText.clean(" \n\u{1b} "))
    XCTAssertEqual(TagText.clean(String(repeating: "é", count: 1000))?.utf8.count, 250)
  }
}
