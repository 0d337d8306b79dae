import Foundation
import TestSupport
import XCTest

/// `imgrec report`: the page in a real browser.
final class ReportTests: XCTestCase {
  private var folder: URL!
  private var page: URL { folder.appendingPathComponent("report.html") }

  override func setUpWithError() throws {
    folder = try ImgrecCLI.temporaryFolder()
    for (name, source) in [("a/1.jpg", "exif_6.jpg"), ("a/2.png", "rgb.png"), ("b/3 #1?.jpg", "photo.jpg")] {
      try add(name, source)
    }
    try Data("no image".utf8).write(to: folder.appendingPathComponent("photos/bad.jpg"))
  }

  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func add(_ name: String, _ source: String) throws {
    let url = folder.appendingPathComponent("photos/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: ImgrecCLI.fixtures.appendingPathComponent("images/\(source)"), to: url)
  }

  @discardableResult
  private func imgrec(_ arguments: [String]) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(arguments, folder: folder)
  }

  private func scan() throws {
    let scan = try imgrec(["scan", "-q"] + ImgrecCLI.instantDetector + ["photos", "-o", "records.jsonl"])
    XCTAssertEqual(scan.status, 1, scan.err)
  }

  private func report(_ arguments: String..., status: Int32 = 0, line: UInt = #line) throws -> ImgrecCLI.Result {
    let result = try imgrec(["report"] + arguments + ["-o", "report.html", "--on-exists", "overwrite"])
    XCTAssertEqual(result.status, status, result.err, line: line)
    return result
  }

  private func write(_ lines: [String], to name: String = "records.jsonl") throws {
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: folder.appendingPathComponent(name))
  }

  /// A record of a classification; `more` begins with a comma.
  private func record(_ path: String, _ label: String, _ score: Double = 0.9, more: String = "") throws -> String {
    let texts = try [path, label].map {
      String(decoding: try JSONSerialization.data(withJSONObject: $0, options: .fragmentsAllowed), as: UTF8.self)
    }
    return "{\"schema\":\"imgrec/1\",\"path\":\(texts[0]),\"status\":\"ok\",\"format\":\"png\",\"width\":64,"
      + "\"height\":48,\"classify\":[{\"label\":\(texts[1]),\"id\":1,\"score\":\(score)}]\(more)}"
  }

  private static let ready = ["wait": "document.querySelectorAll('.tile').length > 0"]
  private static let shown = ["eval": "document.getElementById('shown').textContent"]
  private static let tiles = ["eval": "document.querySelectorAll('.tile').length"]
  private static let name = ["eval": "document.getElementById('name').textContent"]
  /// Whether the pictures of the view and of the gallery are there.
  private static let pictures = [
    "wait": "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
  ]

  // MARK: Tests

  func testGalleryFiltersAndView() throws {
    try scan()
    let result = try report("records.jsonl")
    XCTAssertTrue(result.err.contains("4 images: 4 in the report; report.html"), result.err)
    XCTAssertEqual(result.text, "")
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, Self.pictures, Self.shown, Self.tiles,
        ["eval": "document.querySelectorAll('.tile svg rect.mark').length"],
        // A filter by the mouse, and its part of the address.
        ["click": ".facet input[value=unknown_format]"], ["wait": "document.querySelectorAll('.tile').length === 1"],
        Self.shown, ["eval": "location.hash"], ["eval": "document.querySelector('.tile .why').textContent"],
        ["click": "button[type=reset]"], ["wait": "document.querySelectorAll('.tile').length === 4"],
        // A text, by the keyboard.
        ["key": "/"], ["type": "#1?"], ["key": "Enter"], ["wait": "document.querySelectorAll('.tile').length === 1"],
        ["key": "Enter"], Self.name, ["key": "Escape"], ["wait": "!document.getElementById('view').open"],
        ["key": "/"], ["key": "Escape"], ["wait": "document.querySelectorAll('.tile').length === 4"],
        // The view of an image and of the next one.
        ["click": ".tile"], ["wait": "document.getElementById('view').open"], Self.pictures, Self.name,
        ["eval": "document.querySelector('#stage img').getAttribute('src')"],
        ["key": "ArrowRight"], ["key": "ArrowRight"], Self.pictures, Self.name,
        ["eval": "document.querySelector('#stage img').getAttribute('src')"],
        ["eval": "document.querySelectorAll('#stage .tag').length"],
      ])
    XCTAssertEqual(seen.errors, [])
    XCTAssertEqual(seen.text(0), "4 images")
    XCTAssertEqual(seen.number(1), 4)
    XCTAssertEqual(seen.number(2), 12)
    XCTAssertEqual(seen.text(3), "1 of 4 images")
    XCTAssertEqual(seen.text(4), "#status=unknown_format")
    XCTAssertTrue(seen.text(5).contains("decode: "), seen.text(5))
    XCTAssertEqual(seen.text(6), "photos/b/3 #1?.jpg")
    XCTAssertEqual(seen.text(7), "photos/a/1.jpg")
    XCTAssertEqual(seen.text(8), "./photos/a/1.jpg")
    XCTAssertEqual(seen.text(9), "photos/b/3 #1?.jpg")
    XCTAssertEqual(seen.text(10), "./photos/b/3%20%231%3F.jpg")
    XCTAssertEqual(seen.number(11), 4)
    XCTAssertTrue(seen.requests.allSatisfy { $0.hasPrefix("file://") }, "\(seen.requests)")
  }

  func testThumbnailsAreUpright() throws {
    try scan()
    _ = try report("records.jsonl")
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, Self.pictures,
        ["eval": "[document.images[0].naturalWidth, document.images[0].naturalHeight].join()"],
        ["click": ".tile"], ["wait": "document.getElementById('view').open"], Self.pictures,
        ["eval": "(i => [i.naturalWidth, i.naturalHeight].join())(document.querySelector('#stage img'))"],
      ])
    let records = try ImgrecCLI.records(Data(contentsOf: folder.appendingPathComponent("records.jsonl")))
    let size = "\(records[0]["width"]!),\(records[0]["height"]!)"
    XCTAssertEqual(seen.text(0), size)
    XCTAssertEqual(seen.text(1), size)
  }

  func testTheAddressHoldsTheFilter() throws {
    try write([
      try record("photos/a/1.jpg", "cat"), try record("photos/a/2.png", "dog", 0.3),
      try record("photos/b/3 #1?.jpg", "cat & dog", 0.6),
    ])
    _ = try report("records.jsonl")
    for (fragment, expected) in [
      ("#classify=cat&classify=dog", "2 of 3 images"), ("#score=0.5", "2 of 3 images"),
      ("#classify=cat+%26+dog&score=0.5", "1 of 3 images"), ("#classify=cat&q=dog", "0 of 3 images"),
      ("#q=A%2F", "2 of 3 images"), ("#nonsense=1&score=x&image=99&group=7", "3 images"),
    ] {
      let seen = try Chromium.browse(
        page, fragment: fragment, [["wait": "document.getElementById('shown').textContent !== 'Loading…'"], Self.shown])
      XCTAssertEqual(seen.text(0), expected, fragment)
      XCTAssertEqual(seen.errors, [])
    }
  }

  func testOrderScoresAndDates() throws {
    func dated(_ path: String, _ score: Double, _ date: String) throws -> String {
      try record(path, "cat", score, more: ",\"exif\":{\"taken\":\"\(date)T10:00:00\"}")
    }
    try write([
      try dated("photos/b/3 #1?.jpg", 0.9, "2024-05-01"), try dated("photos/a/1.jpg", 0.2, "2023-12-31"),
      try record("photos/a/2.png", "cat", 0.5),
    ])
    _ = try report("records.jsonl")
    let order = ["eval": "[...document.querySelectorAll('.tile .file')].map(name => name.textContent).join()"]
    func set(_ id: String, _ value: String) -> [String: String] {
      [
        "eval":
          "(e => { e.value = '\(value)'; e.dispatchEvent(new Event('input')); })(document.getElementById('\(id)'));"
          + " new Promise(done => setTimeout(done, 300))"
      ]
    }
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, order, set("order", "path"), order, set("order", "unsure"), order, set("order", "taken"), order,
        set("from", "2024-01-01"), order, set("to", "2024-04-30"), Self.shown, ["eval": "location.hash"],
        ["click": "button[type=reset]"], set("score", "450"), order,
        [
          "eval":
            "[...document.querySelectorAll('.scores rect')].map(bar => Number(bar.getAttribute('height')) > 0 ? 1 : 0).join('')"
        ],
      ])
    XCTAssertEqual(seen.errors, [])
    let names = seen.results.compactMap { $0 as? String }
    XCTAssertEqual(
      names,
      [
        "3 #1?.jpg,1.jpg,2.png", "1.jpg,2.png,3 #1?.jpg", "1.jpg,2.png,3 #1?.jpg", "1.jpg,3 #1?.jpg,2.png",
        "3 #1?.jpg", "0 of 3 images", "#from=2024-01-01&to=2024-04-30&order=taken", "3 #1?.jpg,2.png",
        "00000000001000000010",
      ])
  }

  func testHostileNamesRunNothing() throws {
    let names = [
      "<img src=x onerror=pwned=1>.png", "</script><script>pwned=1</script>.png", "\"onmouseover=\"pwned=1\" x=\".png",
      "javascript:pwned=1.png", "'; pwned=1; '.png", "line\nbreak\tand\u{2028}more.png", "\u{202e}gnp.exe.png",
      "&lt;b&gt;&amp;.png", "<!--.png", "{{title}}{{{script}}}.png", "%2e%2e%2f.png", "\\u003cscript.png",
    ]
    for name in names { try? FileManager.default.removeItem(at: folder.appendingPathComponent(name)) }
    let source = ImgrecCLI.fixtures.appendingPathComponent("images/rgb.png")
    for name in names where !name.contains("/") {
      try FileManager.default.copyItem(at: source, to: folder.appendingPathComponent(name))
    }
    let hostile = "</script><script>pwned=1</script><img src=x onerror=pwned=1>"
    let text = "{\"text\":\"<script>pwned=1</script>\",\"score\":1,\"quad\":[[1,1],[9,1],[9,9],[1,9]]}"
    let extra =
      ",\"warnings\":[\"<b onclick=pwned=1>\"],\"text\":[\(text)],\"models\":{\"classify\":\"<script>pwned=1</script>\"},"
      + "\"exif\":{\"camera\":\"<script>pwned=1</script>\"}"
    try write(try names.map { try record($0, hostile, more: extra) })
    let result = try report("records.jsonl", status: 1)
    XCTAssertTrue(result.err.contains("1 failed"), result.err)
    let open = names.indices.flatMap { index in
      [
        ["key": "ArrowRight"], ["wait": "document.getElementById('place').textContent.startsWith('\(index + 1) ')"],
        Self.name,
      ]
      .dropFirst(index == 0 ? 1 : 0)
    }
    for fragment in ["#q=%3Cscript%3Epwned%3D1%3C%2Fscript%3E", "#%22%3E%3Cscript%3E=1&classify=%3Cscript%3E"] {
      var steps = [Self.ready, Self.shown, ["click": ".tile"], ["wait": "document.getElementById('view').open"]]
      steps += open
      steps += [
        ["key": "Escape"], ["eval": "[...document.querySelectorAll('details')].forEach(part => part.open = true)"],
        ["eval": "typeof pwned"], ["eval": "document.title"], ["eval": "document.scripts.length"],
        ["eval": "document.querySelectorAll('[onerror], [onclick], [onmouseover]').length"],
        ["eval": "[...document.links].map(link => link.protocol).filter(name => name !== 'file:').join()"],
      ]
      let seen = try Chromium.browse(page, fragment: fragment, steps)
      XCTAssertEqual(seen.errors, [])
      XCTAssertEqual(seen.results.count, 1 + names.count + 6)
      for (index, name) in names.enumerated() { XCTAssertEqual(seen.text(index + 1), name) }
      let rest = 1 + names.count + 1
      XCTAssertEqual(seen.text(rest), "undefined")
      XCTAssertEqual(seen.text(rest + 1), "imgrec report: 12 images")
      // The columns, the lines and the page's own.
      XCTAssertEqual(seen.number(rest + 2), 3)
      XCTAssertEqual(seen.number(rest + 3), 0)
      XCTAssertEqual(seen.text(rest + 4), "")
      XCTAssertTrue(seen.requests.allSatisfy { $0.hasPrefix("file://") }, "\(seen.requests)")
    }
  }

  func testWithoutScript() throws {
    try scan()
    _ = try report("records.jsonl")
    let seen = try Chromium.browse(
      page, script: false,
      [
        ["eval": "document.querySelectorAll('.all tbody tr').length"],
        ["eval": "document.querySelector('.all tbody').innerText"],
        ["eval": "[...document.querySelectorAll('.all a')].map(link => link.getAttribute('href')).join(' ')"],
        [
          "eval":
            "[...document.querySelectorAll('.script')].map(part => getComputedStyle(part).display).filter(name => name !== 'none').join()"
        ],
        ["eval": "[...document.querySelectorAll('.facet h2')].map(title => title.innerText).join()"],
      ])
    XCTAssertEqual(seen.errors, [])
    XCTAssertEqual(seen.number(0), 4)
    XCTAssertTrue(seen.text(1).contains("unknown_format"), seen.text(1))
    XCTAssertEqual(seen.text(2), "./photos/a/1.jpg ./photos/a/2.png ./photos/b/3%20%231%3F.jpg")
    XCTAssertEqual(seen.text(3), "", "what needs a script is not shown")
    XCTAssertTrue(seen.text(4).contains("Status 2"), seen.text(4))
  }

  func testPathsThatAreNotUTF8() throws {
    let made = try ImgrecCLI.shell("mkdir raw && cp photos/a/2.png $'raw/\\xff\\xfe%.png'", folder: folder)
    XCTAssertEqual(made.status, 0, made.err)
    _ = try imgrec(["scan", "-q", "-m", ImgrecCLI.instantModel, "raw", "-o", "records.jsonl"])
    _ = try report("records.jsonl")
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, ["click": ".tile"], ["wait": "document.getElementById('view').open"], Self.pictures,
        ["eval": "document.querySelector('#stage img').getAttribute('src')"],
      ])
    XCTAssertEqual(seen.text(0), "./raw/%FF%FE%25.png")
    XCTAssertEqual(seen.errors, [])
  }

  func testBaseline() throws {
    try write(
      [
        try record("photos/a/1.jpg", "cat", 0.9), try record("photos/a/2.png", "dog", 0.8),
        try record("photos/gone.jpg", "<b>cow"),
      ], to: "before.jsonl")
    try write([
      try record("photos/a/1.jpg", "cat", 0.7), try record("photos/a/2.png", "fox", 0.6),
      try record("photos/b/3 #1?.jpg", "fox", 0.5),
    ])
    _ = try report("records.jsonl", "--baseline", "before.jsonl")
    let seen = try Chromium.browse(
      page, fragment: "#change=answer+changed",
      [
        Self.ready, Self.shown, ["eval": "document.querySelector('#overview p').textContent"],
        [
          "eval":
            "[...document.querySelectorAll('#overview tbody')[0].rows].map(row => row.innerText.replaceAll('\\t', ' ')).join()"
        ],
        ["eval": "document.querySelector('.paths').innerText"], ["click": ".tile"],
        ["wait": "document.getElementById('view').open"], ["eval": "document.getElementById('facts').innerText"],
      ])
    XCTAssertEqual(seen.errors, [])
    XCTAssertEqual(seen.text(0), "1 of 3 images")
    XCTAssertEqual(seen.text(1), "1 with the same answer, 1 changed, 1 not in the baseline, 1 gone.")
    XCTAssertEqual(
      seen.text(2),
      "classify fox 0 2 +2 - 0.550,classify <b>cow 1 0 -1 0.900 -,classify dog 1 0 -1 0.800 -,"
        + "classify cat 1 1 0 0.900 0.700")
    XCTAssertEqual(seen.text(3), "photos/gone.jpg")
    XCTAssertTrue(seen.text(4).contains("classify: dog"), seen.text(4))
  }

  func testSimilarImagesAndRecordsOfOneImage() throws {
    try write(
      [
        try record("photos/a/1.jpg", "cat"),
        try record(
          "photos/a/2.png", "cat",
          more: ",\"cache\":\"similar\",\"similar\":{\"path\":\"photos/a/1.jpg\",\"distance\":2}"),
        try record("photos/b/3 #1?.jpg", "dog"),
      ])
    let face = "{\"schema\":\"imgrec/1\",\"path\":\"photos/a/1.jpg\",\"status\":\"ok\",\"faces\":"
    try write([face + "[{\"score\":0.8,\"box\":[1,2,3,4],\"identity\":\"Ada\",\"distance\":0.2}]}"], to: "faces.jsonl")
    let result = try report("records.jsonl", "faces.jsonl")
    XCTAssertTrue(result.err.contains("3 images"), result.err)
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, ["eval": "document.querySelectorAll('#overview details')[0].open = true"],
        ["click": "button.group"], ["wait": "document.querySelectorAll('.tile').length === 2"], Self.shown,
        ["key": "Escape"], ["wait": "document.querySelectorAll('.tile').length === 3"],
        ["click": ".facet input[value=Ada]"], Self.shown,
        ["eval": "document.querySelector('.tile .say').textContent"],
      ])
    XCTAssertEqual(seen.errors, [])
    XCTAssertTrue(seen.text(1).hasPrefix("2 of 3 images"), seen.text(1))
    XCTAssertEqual(seen.text(2), "1 of 3 images")
    XCTAssertEqual(seen.text(3), "cat 90%, Ada 80%")

    try write([try record("photos/a/1.jpg", "cat"), try record("photos/b/3 #1?.jpg", "dog")])
    let group =
      "{\"schema\":\"imgrec-similar/1\",\"images\":[{\"path\":\"photos/a/1.jpg\"},{\"path\":\"photos/b/3 #1?.jpg\"}]}"
    try write([group], to: "groups.jsonl")
    _ = try report("records.jsonl", "--similar", "groups.jsonl")
    XCTAssertTrue(try String(contentsOf: page, encoding: .utf8).contains("Similar images: 1 group"))
    let wrong = try imgrec(["report", "records.jsonl", "--similar", "records.jsonl", "-o", "other.html"])
    XCTAssertEqual(wrong.status, 2)
    XCTAssertTrue(wrong.err.contains("records.jsonl, line 1: this is no group of imgrec similar"), wrong.err)
  }

  func testPicturesThatAreMissing() throws {
    try write([
      try record("photos/none.jpg", "cat"), try record("photos/bad.jpg", "cat"), try record("photos/a/2.png", "cat"),
    ])
    let result = try report("records.jsonl", status: 1)
    XCTAssertTrue(result.err.contains("photos/none.jpg: no such file below"), result.err)
    XCTAssertTrue(result.err.contains("photos/bad.jpg: unknown_format"), result.err)
    XCTAssertTrue(result.err.contains("3 images: 1 in the report, 2 failed"), result.err)
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, ["eval": "[...document.querySelectorAll('.why')].map(tile => tile.textContent).join('|')"],
        ["eval": "[...document.querySelectorAll('.tile')].map(tile => tile.getAttribute('href')).join('|')"],
      ])
    XCTAssertTrue(seen.text(0).hasPrefix("no such file below"), seen.text(0))
    XCTAssertTrue(seen.text(0).contains("|unknown_format: "), seen.text(0))
    XCTAssertEqual(seen.text(1), "||./photos/a/2.png")
    XCTAssertEqual(seen.errors, [])
  }

  func testPagesAndMembersOfArchives() throws {
    let colours = [(200, 10, 10), (10, 200, 10), (10, 10, 200)] as [(UInt8, UInt8, UInt8)]
    let pages = TIFFPages(colours.map { TIFFPages.Page(40, 30, red: $0.0, green: $0.1, blue: $0.2) })
    try pages.data.write(to: folder.appendingPathComponent("photos/pages.tif"))
    _ = try imgrec([
      "scan", "-q", "-m", ImgrecCLI.instantModel, "--pages", "all", "photos/pages.tif", "-o", "pages.jsonl",
    ])
    XCTAssertEqual(try imgrec(["pack", "-q", "photos/a", "-o", "all.tar"]).status, 0)
    _ = try imgrec(["scan", "-q", "-m", ImgrecCLI.instantModel, "all.tar", "-o", "members.jsonl"])
    let result = try report("pages.jsonl", "members.jsonl", status: 1)
    XCTAssertTrue(result.err.contains("it is inside an archive; unpack it"), result.err)
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, Self.pictures, Self.tiles, ["eval": "document.images.length"],
        ["eval": "document.querySelectorAll('.tile .name')[1].textContent"],
        ["eval": "new Set([...document.images].map(image => image.src)).size"],
      ])
    XCTAssertEqual(seen.number(0), 5)
    XCTAssertEqual(seen.number(1), 3)
    XCTAssertEqual(seen.text(2), "photos/pages.tif (page 2)")
    XCTAssertEqual(seen.number(3), 3, "each page has a thumbnail of its own")
    XCTAssertEqual(seen.errors, [])
  }

  func testSizeBound() throws {
    let photo = ImgrecCLI.fixtures.appendingPathComponent("images/photo.jpg")
    var lines: [String] = []
    for number in 0..<900 {
      let name = "many/\(number).jpg"
      let url = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(at: url, withDestinationURL: photo)
      lines.append(try record(name, "label \(number % 300)", Double(number) / 900))
    }
    try write(lines)
    let small = try report("records.jsonl", "--max-size", "1M")
    XCTAssertTrue(small.err.contains("not 160, to keep the page below 1.0 MiB; --max-size allows more"), small.err)
    let bytes = try Data(contentsOf: page).count
    XCTAssertLessThanOrEqual(bytes, 1 << 20)
    XCTAssertGreaterThan(bytes, 600_000, "the room is used")
    let seen = try Chromium.browse(
      page,
      [
        Self.ready, Self.pictures, Self.shown, Self.tiles, ["click": ".tile"],
        ["wait": "document.getElementById('view').open"], ["key": "Escape"], ["key": "End"],
        ["eval": "document.activeElement.querySelector('.name').textContent"], Self.tiles,
        ["eval": "document.querySelectorAll('.facet')[1].querySelectorAll('li').length"],
      ])
    XCTAssertEqual(seen.errors, [])
    XCTAssertEqual(seen.text(0), "900 images")
    XCTAssertLessThan(seen.number(1), 120)
    XCTAssertEqual(seen.text(2), "many/899.jpg")
    XCTAssertLessThan(seen.number(3), 120)
    XCTAssertEqual(seen.number(4), 300, "the long tail is listed")

    let large = String(repeating: "x", count: 2000)
    try write(try (0..<900).map { try record("many/\($0).jpg", "\(large)\($0)") })
    let none = try imgrec(["report", "records.jsonl", "-o", "none.html", "--max-size", "1M"])
    XCTAssertEqual(none.status, 2, none.err)
    XCTAssertTrue(none.err.contains("Add --max-size "), none.err)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("none.html").path))
  }

  func testNothingIsReplacedUnasked() throws {
    try scan()
    XCTAssertEqual(try imgrec(["report", "-q", "records.jsonl", "-o", "r.html"]).status, 0)
    let url = folder.appendingPathComponent("r.html")
    let first = try Data(contentsOf: url)
    let again = try imgrec(["report", "records.jsonl", "-o", "r.html"])
    XCTAssertEqual(again.status, 2)
    XCTAssertTrue(again.err.contains("r.html exists\n"), again.err)
    XCTAssertTrue(again.err.contains("--on-exists overwrite"), again.err)
    XCTAssertEqual(try Data(contentsOf: url), first)
    XCTAssertEqual(try imgrec(["report", "-q", "records.jsonl", "-o", "r.html", "--on-exists", "overwrite"]).status, 0)
    XCTAssertEqual(try Data(contentsOf: url), first, "the same records make the same page")
    XCTAssertEqual(try imgrec(["report", "-q", "records.jsonl", "-o", "r.html", "--on-exists", "rename"]).status, 0)
    XCTAssertTrue(FileManager.default.fileExists(atPath: folder.appendingPathComponent("r-1.html").path))
    for (output, message) in [("records.jsonl", "an input of this run"), ("photos/a/2.png", "an image of the records")]
    {
      let before = try Data(contentsOf: folder.appendingPathComponent(output))
      let result = try imgrec(["report", "records.jsonl", "-o", output, "--on-exists", "overwrite"])
      XCTAssertEqual(result.status, 2)
      XCTAssertTrue(result.err.contains(message), result.err)
      XCTAssertEqual(try Data(contentsOf: folder.appendingPathComponent(output)), before)
    }
    let records = try Data(contentsOf: folder.appendingPathComponent("records.jsonl"))
    let piped = try ImgrecCLI.shell(
      "imgrec report -o records.jsonl --on-exists overwrite < records.jsonl", folder: folder)
    XCTAssertEqual(piped.status, 2)
    XCTAssertTrue(piped.err.contains("an input of this run"), piped.err)
    XCTAssertEqual(try Data(contentsOf: folder.appendingPathComponent("records.jsonl")), records)
  }

  func testMistakes() throws {
    let missing = try imgrec(["report", "missing.jsonl", "-o", "r.html"])
    XCTAssertEqual(missing.status, 2)
    XCTAssertFalse(FileManager.default.fileExists(atPath: folder.appendingPathComponent("r.html").path))
    try write([])
    XCTAssertEqual(try imgrec(["report", "records.jsonl", "-o", "r.html"]).status, 3)
    XCTAssertEqual(try imgrec(["report", "records.jsonl"]).status, 64)
    let lost = try imgrec(["report", "records.jsonl", "-o", "no/such/r.html"])
    XCTAssertEqual(lost.status, 2, lost.err)
    XCTAssertTrue(lost.err.hasSuffix("\nMake its folder first: mkdir -p no/such\n"), lost.err)
    XCTAssertEqual(try imgrec(["report", "records.jsonl", "-o", "photos"]).status, 2)
  }

  func testStandardInputAndOutput() throws {
    try scan()
    for line in ["-o - | head -c 9", "-o /dev/null", "-o /dev/stdout --on-exists overwrite | wc -c"] {
      let piped = try ImgrecCLI.shell("set -o pipefail; imgrec report records.jsonl \(line)", folder: folder)
      XCTAssertEqual(piped.status, 0, "\(line): \(piped.err)")
    }
    XCTAssertEqual(
      try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType, .typeCharacterSpecial)
    let lines = try Data(contentsOf: folder.appendingPathComponent("records.jsonl"))
    let result = try ImgrecCLI.run(["report", "-", "-o", "-"], input: lines, folder: folder)
    XCTAssertEqual(result.status, 0, result.err)
    try result.out.write(to: page)
    let seen = try Chromium.browse(page, [Self.ready, Self.pictures, Self.shown])
    XCTAssertEqual(seen.text(0), "4 images")
    XCTAssertEqual(seen.errors, [])
  }
}
