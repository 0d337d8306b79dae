import Recognition
import XCTest

@testable import Sidecars

/// The text of sidecars: what is found in it, what stays, and what is refused.
final class SidecarTextTests: XCTestCase {
  private static let start =
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
  private static let end = "</rdf:RDF></x:xmpmeta>"
  private static let dc = "xmlns:dc=\"http://purl.org/dc/elements/1.1/\""

  private func wanted(_ keywords: [String]) -> WantedTags {
    var wanted = WantedTags()
    wanted.tasks = [.classify]
    wanted.keywords = keywords.map { WantedTags.Keyword(text: $0, task: .classify) }
    return wanted
  }

  /// The text with `keywords` in it; the text itself if nothing changes.
  private func tagged(_ text: String, _ keywords: [String]) throws -> String {
    let (result, _) = try Sidecar(Array(text.utf8)).merging(wanted(keywords), tasks: [.classify])
    switch result {
    case .unchanged: return text
    case .text(let bytes), .emptied(let bytes): return String(decoding: bytes, as: UTF8.self)
    }
  }

  private func keywords(_ text: String) throws -> [String] {
    let text = try SidecarText(Array(text.utf8))
    return try XMPDocument(text.excerpt()).list(.subject)
  }

  /// Every form of RDF in which keywords may stand keeps them, and gets another.
  func testKeywordsInEveryForm() throws {
    let item = "<rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag>"
    let forms = [
      "<rdf:Description rdf:about=\"\" \(Self.dc)><dc:subject>\(item)</dc:subject></rdf:Description>",
      "<rdf:Description rdf:about='' \(Self.dc) dc:subject='sea' />",
      "<rdf:Description rdf:about=\"\" \(Self.dc) dc:title=\"t\" dc:subject=\"sea\"></rdf:Description>",
      "<rdf:Description><d:subject xmlns:d='http://purl.org/dc/elements/1.1/'>\(item)</d:subject></rdf:Description>",
      "<rdf:Description><subject xmlns='http://purl.org/dc/elements/1.1/'><rdf:Seq><rdf:li>sea</rdf:li></rdf:Seq>"
        + "</subject></rdf:Description>",
      "<rdf:Description/>\r\n <rdf:Description \(Self.dc)>\r\n  <dc:subject>\(item)</dc:subject>\r\n </rdf:Description>\r\n",
      "<rdf:Description \(Self.dc)><dc:subject>sea</dc:subject></rdf:Description>",
      "<rdf:Description \(Self.dc)><dc:subject><rdf:Bag><rdf:li><![CDATA[sea]]></rdf:li></rdf:Bag></dc:subject>"
        + "</rdf:Description>",
    ]
    for form in forms {
      let text = try tagged(Self.start + form + Self.end, ["dog"])
      XCTAssertEqual(try keywords(text), ["sea", "dog"], form)
      XCTAssertEqual(try tagged(text, ["dog"]), text, form)
      XCTAssertEqual(try keywords(try tagged(text, [])), ["sea"], form)
    }
    let other = Self.start.replacing("rdf:RDF xmlns:rdf", with: "R:RDF xmlns:R") + "</R:RDF></x:xmpmeta>"
    for text in [other, Self.start.dropLast() + "/></x:xmpmeta>", "\u{feff}" + Self.start + Self.end] {
      let tagged = try tagged(String(text), ["dog"])
      XCTAssertEqual(try keywords(tagged), ["dog"], tagged)
      XCTAssertEqual(try self.tagged(tagged, ["dog"]), tagged)
    }
  }

  /// What the library would move, drop or refuse stays byte by byte.
  func testForeignTextStays() throws {
    let foreign = """
      <!-- mine --><?mine x?>
        <rdf:Description rdf:about="uuid:1&amp;2" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Software="a &lt; b"
         xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"  photoshop:Author='x'>
         <tiff:ImageDescription><rdf:Alt><rdf:li xml:lang="x-default">caf&#233;</rdf:li></rdf:Alt></tiff:ImageDescription>
         <q:l xmlns:q="urn:q" rdf:parseType="Literal"><b>hi</b></q:l>
         <q:d xmlns:q="urn:q"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:subject="inner"/></q:d>
        </rdf:Description>
      """
    let text = Self.start + "\n" + foreign + "\n " + Self.end
    let tagged = try tagged(text, ["dog", "<&\">"])
    XCTAssertTrue(tagged.contains(foreign), tagged)
    XCTAssertTrue(tagged.contains("<rdf:Description rdf:about=\"uuid:1&amp;2\"\n    xmlns:dc="), tagged)
    XCTAssertEqual(try keywords(tagged), ["dog", "<&\">"])
    let removed = try Sidecar(Array(tagged.utf8)).removing([.classify]).result
    XCTAssertEqual(removed, .text(Array(text.utf8)))
  }

  func testRefusesWhatIsNoXMP() throws {
    let item = "<rdf:Description \(Self.dc)><dc:subject/></rdf:Description>"
    let levels = String(repeating: "<a>", count: 3000) + String(repeating: "</a>", count: 3000)
    let items = String(repeating: "<rdf:li>k</rdf:li>", count: 20_000)
    let cases = [
      ("", "empty"), ("no xml", "not XML"), ("<a>", "cut off"), ("<a></b>", "end tag"), ("<a/><b/>", "two roots"),
      ("<a b=c/>", "quotation"), ("<a b='<'/>", "tag in an attribute"), ("<a/>x", "text outside"),
      ("<html><body/></html>", "without rdf:RDF"), (Self.start + item, "cut off"), ("<a", "cut off"), ("<", "cut off"),
      ("<a b", "cut off"), ("<a b=", "cut off"), ("<a b='", "cut off"), ("<a><!--", "cut off"), ("<?", "cut off"),
      ("<a>\0</a>", "UTF-8"), ("<?xml version='1.0' encoding='UTF-16'?><a/>", "utf-16"),
      ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"), ("<a b='&c;'/>", "entity"),
      (Self.start + levels + Self.end, "levels"), (Self.start + "<rdf:RDF/>" + Self.end, ""),
      (
        Self.start
          + "<rdf:Description \(Self.dc)><dc:subject><rdf:Bag>\(items)</rdf:Bag></dc:subject></rdf:Description>"
          + Self.end, "too many"
      ),
      (Self.start + item + "</rdf:RDF>" + Self.start.drop { $0 != ">" }.dropFirst() + Self.end, "more than one"),
      (Self.start + item + item + Self.end, "not as XMP has them"),
    ]
    for (text, part) in cases where !part.isEmpty {
      XCTAssertThrowsError(try Sidecar(Array(text.utf8)), String(text.prefix(60))) { error in
        XCTAssertTrue("\(error)".contains(part), "\(text.prefix(60)): \(error)")
      }
    }
    XCTAssertThrowsError(try Sidecar([0xff, 0xfe, 0x3c, 0x00]))
  }

  /// A sidecar that is cut off is refused. One with other bytes in it is refused, or tagged: a second run then finds
  /// what the first has written.
  func testEveryBeginning() throws {
    let whole = Array(try tagged(Self.start + "<rdf:Description \(Self.dc)/>" + Self.end, ["dog"]).utf8)
    for count in 0..<whole.count - 1 { XCTAssertThrowsError(try Sidecar(Array(whole[..<count])), "\(count)") }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 1..<128, using: &random)
      }
      guard let result = try? Sidecar(bytes).merging(wanted(["cat"]), tasks: [.classify]).result,
        case .text(let text) = result
      else { continue }
      XCTAssertEqual(
        try Sidecar(text).merging(wanted(["cat"]), tasks: [.classify]).result, .unchanged,
        String(decoding: bytes, as: UTF8.self))
    }
  }
}
