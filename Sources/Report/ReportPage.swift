import Foundation
import Mustache
import Platform
import Recognition
import Records

/// The page of a report: one HTML file without anything from elsewhere.
public struct ReportPage {
  private let data: ReportData
  private let version: String
  private var links: PageLinks
  private let facets: [Facet]
  private let groups: [[Int]]
  private let columns: PageData

  /// `version` is imgrec's.
  public init(_ data: ReportData, links: PageLinks, version: String) {
    self.data = data
    self.version = version
    self.links = links
    facets = data.facets()
    groups = data.groups()
    columns = PageData(data, facets: facets, groups: groups, links: &self.links)
  }

  /// Bytes of the page without thumbnails.
  public var size: Int {
    var page = self
    let (head, tail) = page.texts([])
    // Of each line two tabs and a line break, of each script element its tags.
    return head.utf8.count + tail.utf8.count + columns.columns.count
      + columns.lineBytes + 3 * data.count + 64 * (data.count / PageData.linesPerChunk + 2)
  }

  /// Calls `body` with the bytes of the page, part by part. `thumbnails` are those of the images in their order, of at
  /// most `side` pixels; without any, the page shows the files themselves.
  public func write(
    thumbnails: [Thumbnail], side: Int, _ body: ([UInt8]) throws(FileError) -> Void
  ) throws(FileError) {
    var page = self
    let (head, tail) = page.texts(thumbnails)
    try body(Array(head.utf8))
    try body(Array("<script type=\"application/json\" id=\"data\" data-side=\"\(side)\">".utf8))
    try body(columns.columns)
    try body(Array("</script>\n".utf8))
    var text = ScriptText()
    for start in stride(from: 0, to: data.count, by: PageData.linesPerChunk) {
      text.removeAll()
      text.append("<script type=\"text/plain\" class=\"images\">")
      for number in start..<min(start + PageData.linesPerChunk, data.count) {
        if number > start { text.append("\n") }
        text.append(columns.line(number))
        guard number < thumbnails.count else { continue }
        switch thumbnails[number] {
        case .picture(let bytes):
          text.append("\t")
          text.append(base64: bytes)
        case .missing(let reason):
          text.append("\t\t")
          var json = JSONWriter()
          json.string(reason)
          text.append(json: json.out.bytes)
        case .none: break
        }
      }
      text.append("</script>\n")
      try body(text.out.bytes)
    }
    try body(Array(tail.utf8))
  }

  /// What comes before and after the data.
  private mutating func texts(_ thumbnails: [Thumbnail]) -> (head: String, tail: String) {
    var links = links
    let model = PageModel(data, facets: facets, groups: groups, version: version) { number in
      if number < thumbnails.count, case .missing = thumbnails[number] { return nil }
      guard let (path, _) = data.picture(number) else { return nil }
      return links.folder(of: path) + PageLinks.encoded(path.lastComponent)
    }
    let text = PageText.template.render(model)
    // No escaped text holds the mark, as it begins with "<".
    guard let mark = text.range(of: PageText.mark) else { preconditionFailure("the template has no mark") }
    return (String(text[..<mark.lowerBound]), String(text[mark.upperBound...]))
  }
}

/// The template and what it includes.
enum PageText {
  static let mark = "<!-- images -->\n"

  static let style = EmbeddedFile.text("page.css")
  static let script = EmbeddedFile.text("page.js")

  static let template: MustacheTemplate = {
    do { return try MustacheTemplate(string: EmbeddedFile.text("page.mustache")) } catch {
      preconditionFailure("the template of reports is broken: \(error)")
    }
  }()

  /// What the page may do (Content Security Policy): run its own script and style sheet, known by their digests, and show
  /// pictures beside it. `file:` is for pages that are opened from a disk.
  static let policy = [
    "default-src 'none'", "img-src 'self' data: blob: file:", "style-src '\(digest(style))'",
    "script-src '\(digest(script))'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'",
  ].joined(separator: "; ")

  private static func digest(_ text: String) -> String {
    var base64 = ByteWriter()
    base64.append(base64: Digest.of(text.utf8))
    return "sha256-\(base64.text)"
  }
}
