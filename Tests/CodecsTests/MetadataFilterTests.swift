import Foundation
import TestSupport
import XCTest

@testable import Codecs
@testable import Recognition

/// What copies keep of metadata. What must not be kept holds SECRET, and what must be holds KEPT.
final class MetadataFilterTests: XCTestCase {
  private let secret = Array("SECRET".utf8)
  private let picture: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + Array("SECRET".utf8) + [UInt8](repeating: 0, count: 80)

  private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
    Data(bytes).range(of: Data(text.utf8)) != nil
  }

  // MARK: EXIF

  /// EXIF data with everything that a copy does not keep.
  private func exif(bigEndian: Bool) -> [UInt8] {
    let make = ExifBytes(bigEndian: bigEndian)
    let main: ExifBytes.Entries = [
      (0x010E, .text("KEPT title")), (0x010F, .text("KEPT maker")), (0x0112, .short(6)), (0x0201, .bytes(picture)),
      (0xC4A5, .bytes(picture)),
    ]
    let camera: ExifBytes.Entries = [
      (0x9003, .text("2024:05:01 12:30:11")), (0x927C, .bytes(secret + picture)), (0xA434, .text("KEPT lens")),
    ]
    let gps: ExifBytes.Entries = [
      (1, .text("S")), (2, .fractions([(33, 1), (51, 1), (2520, 100)])), (0x1B, .text("SECRET")),
    ]
    var block = make.block(main: main, exif: camera, gps: gps)
    // The directory of the thumbnail, behind all others.
    let count = main.count + 2
    let next = (0..<4).map { UInt8(block.count >> (8 * (bigEndian ? 3 - $0 : $0)) & 255) }
    block.replaceSubrange(10 + 12 * count..<14 + 12 * count, with: next)
    return block + make.block(main: [(0x0201, .bytes(picture))])[8...]
  }

  private func filtered(_ exif: [UInt8], strips: Bool = false) -> (exif: [UInt8], removed: RemovedMetadata)? {
    exif.withUnsafeBytes { ExifFilter.filtered(ByteReader($0), strips: strips) }
  }

  func testEXIFLosesPositionThumbnailAndMakerNote() throws {
    for bigEndian in [false, true] {
      let found = try XCTUnwrap(filtered(exif(bigEndian: bigEndian)))
      XCTAssertFalse(contains(found.exif, "SECRET"))
      for text in ["KEPT title", "KEPT maker", "KEPT lens", "2024:05:01 12:30:11"] {
        XCTAssertTrue(contains(found.exif, text), text)
      }
      XCTAssertEqual(found.removed, [.position, .thumbnails, .makerData])
      let image = ExifBytes.jpeg(found.exif, before: try Fixtures.image("photo.jpg"))
      let fields = image.withUnsafeBytes { ExifFields(of: $0) }
      XCTAssertEqual(fields.taken, "2024-05-01T12:30:11")
      XCTAssertEqual(fields.lens, "KEPT lens")
      XCTAssertNil(fields.position)
      XCTAssertEqual(image.withUnsafeBytes { Exif.orientation(jpeg: ByteReader($0)) }, .rotated90)
      // Once more, nothing changes.
      let again = try XCTUnwrap(filtered(found.exif))
      XCTAssertEqual(again.exif, found.exif)
      XCTAssertEqual(again.removed, [])
      let stripped = try XCTUnwrap(filtered(exif(bigEndian: bigEndian), strips: true)).exif
      XCTAssertFalse(contains(stripped, "KEPT"))
      XCTAssertEqual(stripped.withUnsafeBytes { Exif.orientation(tiff: ByteReader($0)) }, .rotated90)
    }
  }

  func testDamagedEXIFKeepsNoSecret() {
    let block = exif(bigEndian: true)
    for count in 0..<block.count {
      if let found = filtered(Array(block.prefix(count))) { XCTAssertFalse(contains(found.exif, "SECRET"), "\(count)") }
    }
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5000 {
      var damaged = block
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        damaged[Int.random(in: 0..<200, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = filtered(damaged)
    }
    for junk in [[], [0x4D], Array("not EXIF at all".utf8), Array("II*\0".utf8)] as [[UInt8]] {
      XCTAssertNil(filtered(junk))
    }
  }

  /// Many entries that lead to one directory of many entries take no longer than the data are long.
  func testEXIFWithManyLinksIsNotKept() {
    let make = ExifBytes()
    let camera = (0..<900).map { _ in (tag: 0xA005, value: ExifBytes.Value.long(8)) }
    let links = (0..<900).map { _ in (tag: 0x8769, value: ExifBytes.Value.long(12 * 900 + 14)) }
    let block = make.block(main: links) + make.block(main: camera).dropFirst(8)
    let start = Date()
    if let found = filtered(block) { XCTAssertLessThan(found.exif.count, 100_000) }
    XCTAssertLessThan(Date().timeIntervalSince(start), 2)
  }

  // MARK: XMP

  private func xmp(_ body: String, _ more: String = "") -> [UInt8] {
    let head =
      #"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">"#
      + #"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">"#
      + "<rdf:Description rdf:about=\"\" \(Self.namespaces)\(more)>"
    return Array((head + body + "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>").utf8)
  }

  private static let namespaces = [
    ("exif", "http://ns.adobe.com/exif/1.0/"), ("xmp", "http://ns.adobe.com/xap/1.0/"),
    ("dc", "http://purl.org/dc/elements/1.1/"), ("xmpGImg", "http://ns.adobe.com/xap/1.0/g/img/"),
    ("mwg-rs", "http://www.metadataworkinggroup.com/schemas/regions/"),
    ("MP", "http://ns.microsoft.com/photo/1.2/"), ("GDepth", "http://ns.google.com/photos/1.0/depthmap/"),
    ("Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"), ("drone", "http://www.dji.com/drone-dji/1.0/"),
    ("GPano", "http://ns.google.com/photos/1.0/panorama/"), ("other", "http://example.com/"),
  ].map { "xmlns:\($0)=\"\($1)\"" }.joined(separator: " ")

  private func filtered(xmp: [UInt8]) -> (bytes: [UInt8], removed: RemovedMetadata)? {
    xmp.withUnsafeBytes { XMPFilter.filtered(ByteReader($0)) }
  }

  func testXMPLosesWhatShowsOrLocatesPeople() throws {
    let cases: [(body: String, attributes: String, removed: RemovedMetadata)] = [
      ("<exif:GPSLatitude>SECRET</exif:GPSLatitude>", "", .position),
      ("", #" exif:GPSLatitude="SECRET" exif:GPSVersionID = 'SECRET'"#, .position),
      ("", #" drone:GpsLongitude="SECRET" drone:RelativeLatitude="SECRET""#, .position),
      (
        "<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType=\"Resource\"><xmpGImg:image>SECRET</xmpGImg:image></rdf:li>"
          + "</rdf:Alt></xmp:Thumbnails>", "", .thumbnails
      ),
      ("<xmpGImg:image>SECRET</xmpGImg:image>", "", .thumbnails),
      (
        "<mwg-rs:Regions><mwg-rs:RegionList><rdf:Bag><rdf:li mwg-rs:Name=\"SECRET\"/></rdf:Bag></mwg-rs:RegionList>"
          + "</mwg-rs:Regions>", "", .people
      ),
      // Another prefix, bound within.
      (
        "<q:Regions xmlns:q='http://www.metadataworkinggroup.com/schemas/regions/'><q:Name>SECRET</q:Name></q:Regions>",
        "", .people
      ),
      // No prefix.
      ("<Regions xmlns='http://www.metadataworkinggroup.com/schemas/regions/'>SECRET</Regions>", "", .people),
      ("<MP:RegionInfo><x>SECRET</x></MP:RegionInfo>", "", .people),
      (
        "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>SECRET</rdf:li></rdf:Bag></Iptc4xmpExt:PersonInImage>", "", .people
      ),
      (
        "<Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li exif:GPSLongitude=\"SECRET\"/></rdf:Bag>"
          + "</Iptc4xmpExt:LocationCreated>", "", .position
      ),
      ("", #" GDepth:Data="SECRET""#, .makerData),
      ("<other:preview>/9j/4AAQSECRET</other:preview>", "", .thumbnails),
      ("", #" other:preview="  iVBORw0KGgoSECRET""#, .thumbnails),
      ("<!-- SECRET -->", "", []),
    ]
    let kept = #"<dc:subject><rdf:Bag><rdf:li>KEPT &amp; <![CDATA[<too>]]></rdf:li></rdf:Bag></dc:subject>"#
    for (body, attributes, removed) in cases {
      let found = try XCTUnwrap(
        filtered(xmp: xmp(body + kept + body, #" xmp:Rating="5" GPano:ProjectionType="KEPT""# + attributes)), body)
      XCTAssertFalse(contains(found.bytes, "SECRET"), body + attributes)
      XCTAssertEqual(found.removed, removed, body + attributes)
      for text in [kept, #"xmp:Rating="5""#, #"GPano:ProjectionType="KEPT""#, #"<?xpacket end="w"?>"#] {
        XCTAssertTrue(contains(found.bytes, text), "\(body): \(text)")
      }
    }
    let plain = xmp(kept)
    XCTAssertEqual(try XCTUnwrap(filtered(xmp: plain)).bytes, plain)
  }

  func testXMPThatCannotBeReadIsNotKept() {
    let bodies = [
      "<dc:title>", "</dc:title>", "<dc:title></dc:other>", "<!DOCTYPE x>", "<dc:title a=b/>", "<dc:title a=\"b/>",
      "<!-- ", "<![CDATA[ ", "<? ", "<>", "< dc:title/>", String(repeating: "<dc:a>", count: 1000),
      (0..<2000).map { "<dc:a xmlns:a\($0)=\"b\">" }.joined(),
      "<dc:a " + (0..<2000).map { "xmlns:a\($0)=\"b\"" }.joined(separator: " ") + "/>",
      #"<q:a xmlns:q="http://ns.adobe.com/exif&#47;1.0/"/>"#, "<!ENTITY a 'b'>",
    ]
    for body in bodies { XCTAssertNil(filtered(xmp: xmp(body)), body) }
    XCTAssertNil(filtered(xmp: xmp("<dc:title>") + [0xFF]))
    XCTAssertNil(filtered(xmp: [0xFE, 0xFF, 0, 0x3C]))
    let whole = xmp("<exif:GPSLatitude>SECRET</exif:GPSLatitude>")
    for count in 0..<whole.count {
      if let found = filtered(xmp: Array(whole.prefix(count))) { XCTAssertFalse(contains(found.bytes, "SECRET")) }
    }
  }

  // MARK: Files

  private func segment(_ marker: Int, _ body: [UInt8]) -> [UInt8] {
    [0xFF, UInt8(marker), UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
  }

  private func resource(_ identifier: Int, _ body: [UInt8]) -> [UInt8] {
    Array("8BIM".utf8) + [UInt8(identifier >> 8), UInt8(identifier & 255), 0, 0]
      + [0, 0, UInt8(body.count >> 8), UInt8(body.count & 255)] + body + (body.count % 2 == 1 ? [0] : [])
  }

  private func dataset(_ record: UInt8, _ number: UInt8, _ text: String) -> [UInt8] {
    [0x1C, record, number, 0, UInt8(text.utf8.count)] + Array(text.utf8)
  }

  private let part = HiddenPart(.ellipse(Box(x: 4, y: 4, width: 20, height: 20)), .pixelate)

  func testJPEGsKeepSegmentsWithoutSecrets() throws {
    let iptc = dataset(2, 5, "KEPT") + dataset(2, 202, "SECRET") + dataset(8, 10, "SECRET")
    let photoshop =
      resource(0x040C, picture) + resource(0x0404, iptc) + resource(0x0422, secret)
      + resource(0x03F0, picture) + resource(0x040B, Array("KEPT".utf8))
    let packet = xmp("<exif:GPSLatitude>SECRET</exif:GPSLatitude><dc:title>KEPT</dc:title>")
    let original = try Fixtures.image("photo.jpg")
    let head: [UInt8] =
      [0xFF, 0xD8]
      + segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 1, 0, 72, 0, 72, 2, 1] + secret)
      + segment(0xE0, Array("JFXX\0".utf8) + [0x10] + picture)
      + segment(0xE1, Array("Exif\0\0".utf8) + exif(bigEndian: false))
      + segment(0xE1, Array("Exif\0\0".utf8) + exif(bigEndian: false))
      + segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + packet)
      + segment(0xE1, Array("http://ns.adobe.com/xmp/extension/\0".utf8) + secret)
      + segment(0xE2, Array("MPF\0".utf8) + secret)
      + segment(0xE2, Array("ICC_PROFILE\0".utf8) + [1, 1] + Array("KEPT".utf8))
      + segment(0xE4, secret) + segment(0xEB, secret)
      + segment(0xED, Array("Photoshop 3.0\0".utf8) + photoshop) + segment(0xFE, Array("KEPT comment".utf8))
    let tables = original.withUnsafeBytes { JPEGFilter(ByteReader($0), strips: false).picture }
    let body = try XCTUnwrap(tables).flatMap { Array(original[$0]) }
    let file = head + body + secret + picture
    for parts in [[], [part]] {
      let copied = try AnonymisedCopy(file, hiding: parts)
      XCTAssertFalse(contains(copied.file, "SECRET"))
      XCTAssertEqual(copied.result.removed, [.position, .thumbnails, .makerData, .unreadable])
      for text in [
        "KEPT title", "KEPT lens", "KEPT comment", "<dc:title>KEPT</dc:title>", "ICC_PROFILE\0\u{1}\u{1}KEPT",
      ] {
        XCTAssertTrue(contains(copied.file, text), text)
      }
      XCTAssertTrue(copied.file.suffix(2).elementsEqual([0xFF, 0xD9]))
      // Both resources with KEPT.
      XCTAssertTrue(contains(copied.file, "8BIM"))
      let header = try copied.file.withUnsafeBytes { raw in
        Result { () throws(Failure) in try ImageDecoder().header(of: raw) }
      }.get()
      XCTAssertEqual(header.orientation, .rotated90)
      let stripped = try AnonymisedCopy(file, hiding: parts, strips: true).file
      XCTAssertEqual(
        stripped.split(separator: UInt8(ascii: "K")).count { $0.starts(with: "EPT".utf8) }, 1, "the profile")
    }
  }

  func testPNGsKeepChunksWithoutSecrets() throws {
    let original = try Fixtures.image("rgb.png")
    let packet =
      Array("XML:com.adobe.xmp\0\0\0\0\0".utf8)
      + xmp("<exif:GPSLatitude>SECRET</exif:GPSLatitude><dc:title>KEPT</dc:title>")
    let chunks =
      PNGBytes.chunk("eXIf", exif(bigEndian: true)) + PNGBytes.chunk("iTXt", packet)
      + PNGBytes.chunk("tEXt", Array("Raw profile type exif\0SECRET".utf8))
      + PNGBytes.chunk("tEXt", Array("Title\0KEPT text".utf8))
      + PNGBytes.chunk("prVW", secret) + PNGBytes.chunk("gAMA", [0, 0, 0xB1, 0x8F])
    let file = Array(original[..<33]) + chunks + Array(original[33...]) + secret
    for parts in [[], [part]] {
      let copied = try AnonymisedCopy(file, hiding: parts)
      XCTAssertFalse(contains(copied.file, "SECRET"))
      XCTAssertEqual(copied.result.removed, [.position, .thumbnails, .makerData])
      for text in ["KEPT title", "KEPT lens", "KEPT text", "<dc:title>KEPT</dc:title>", "gAMA"] {
        XCTAssertTrue(contains(copied.file, text), text)
      }
      XCTAssertFalse(contains(try AnonymisedCopy(file, hiding: parts, strips: true).file, "KEPT"))
    }
  }

  func testWebPsKeepChunksWithoutSecrets() throws {
    let packet = xmp("<exif:GPSLatitude>SECRET</exif:GPSLatitude><dc:title>KEPT</dc:title>")
    for name in ["lossy.webp", "lossless.webp"] {
      let original = try Fixtures.image(name)
      var metadata = ImageMetadata()
      metadata.exif = exif(bigEndian: true)
      metadata.xmp = packet
      let size = try original.withUnsafeBytes { raw in
        Result { () throws(Failure) in try ImageDecoder().header(of: raw).size }
      }.get()
      let extended = original.withUnsafeBytes { WebPContainer.file($0, size: size, metadata: metadata) }
      let more = WebPContainer.chunk("JUNK", secret)
      let file = Array("RIFF".utf8) + WebPContainer.le(extended.count - 8 + more.count, 4) + extended[8...] + more
      for parts in [[], [part]] {
        let copied = try AnonymisedCopy(file, hiding: parts)
        XCTAssertFalse(contains(copied.file, "SECRET"))
        XCTAssertEqual(copied.result.removed, [.position, .thumbnails, .makerData])
        for text in ["KEPT title", "KEPT lens", "<dc:title>KEPT</dc:title>"] {
          XCTAssertTrue(contains(copied.file, text), "\(name): \(text)")
        }
        XCTAssertEqual(copied.file.withUnsafeBytes { ByteReader($0).le32(4) }, copied.file.count - 8)
      }
    }
  }
}
