import TestSupport
import Testing

@testable import Codecs
@testable import Recognition

/// EXIF data and XMP packets in every container.
@Suite struct ExifContainerTests {
  private func fields(_ bytes: [UInt8]) -> ExifFields { ExifFieldTests.fields(bytes) }

  @Test func everyContainer() {
    for (name, bytes) in MetadataContainers.all {
      #expect(fields(bytes) == ExifFieldTests.usual, "\(name)")
    }
  }

  @Test func filesWithoutAnySayNothing() throws {
    for name in ["grey.jpg", "rgb.png"] {
      #expect(try fields(Fixtures.image(name)).isEmpty, "\(name)")
    }
    for bytes in [[], [0xFF, 0xD8, 0xFF], Array("II*\0".utf8), Array("RIFF....WEBP".utf8)] as [[UInt8]] {
      #expect(fields(bytes).isEmpty)
    }
  }

  @Test func panasonicRawTakesTheRestFromItsPreview() {
    var main = ExifBytes.main
    main.append((0x002E, .bytes(MetadataContainers.jpeg)))
    let raw = ExifBytes(version: 0x55).block(main: main)
    #expect(fields(raw) == ExifFieldTests.usual)
  }

  @Test(.enabled(if: MetadataContainers.hasBrotli, "libbrotlidec is not installed"))
  func boxesThatAreCompressed() {
    let box = MetadataContainers.box
    let exif = MetadataContainers.brotli([0, 0, 0, 0] + MetadataContainers.exif)
    let start = box("JXL ", [13, 10, 0x87, 10])
    #expect(fields(start + box("brob", Array("Exif".utf8) + exif)) == ExifFieldTests.usual)
    #expect(
      fields(start + box("brob", Array("xml ".utf8) + MetadataContainers.brotli(Array(Self.elements.utf8)))) == expected
    )
    #expect(fields(start + box("brob", Array("Exif".utf8) + exif.dropLast(9))).isEmpty)
    #expect(fields(start + box("brob", Array("jbrd".utf8) + exif)).isEmpty)
    #expect(fields(start + box("brob", [])).isEmpty)
  }

  /// A box of a huge number of parts of no length must not take time.
  @Test(.timeLimit(.minutes(1)))
  func partsWithoutLength() {
    let box = MetadataContainers.box
    let be = MetadataContainers.be
    let items = (0..<20_000).flatMap { be($0, 2) + be(0, 2) + be(65_535, 2) }
    let iloc = box("iloc", be(0, 4) + be(0, 2) + be(20_000, 2) + items)
    _ = fields(box("ftyp", Array("heicmif1".utf8)) + box("meta", be(0, 4) + iloc))
  }

  // MARK: XMP

  private static let attributes = """
    <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description exif:DateTimeOriginal="2019-03-04T05:06:07.5-08:00"
     tiff:Make = 'Acme' tiff:Model="Acme &amp; 2" aux:Lens="XL 35" exif:GPSLatitude="46,30.6N"
     exif:GPSLongitude="7,15,36W" exif:GPSAltitudeRef="1" exif:GPSAltitude="25/10"/></rdf:RDF></x:xmpmeta>
    """
  private static let elements = """
    <rdf:Description><photoshop:DateCreated>2019-03-04T05:06:07-08:00</photoshop:DateCreated><tiff:Make>Acme</tiff:Make>
    <tiff:Model>Acme &amp; 2</tiff:Model><exifEX:LensModel>XL 35</exifEX:LensModel><exif:GPSLatitude>46,30.6N</exif:GPSLatitude>
    <exif:GPSLongitude>7,15,36W</exif:GPSLongitude><exif:GPSAltitudeRef>1</exif:GPSAltitudeRef>
    <exif:GPSAltitude>25/10</exif:GPSAltitude></rdf:Description>
    """

  private var expected: ExifFields {
    var fields = ExifFields()
    fields.taken = "2019-03-04T05:06:07"
    fields.takenOffset = "-08:00"
    fields.camera = "Acme & 2"
    fields.lens = "XL 35"
    fields.position = GeoPosition(latitude: 46.51, longitude: -7.26, altitude: -2.5)
    return fields
  }

  private func jpegWithXMP(_ packet: String) -> [UInt8] {
    let body = Array("http://ns.adobe.com/xap/1.0/\0\(packet)".utf8)
    return [0xFF, 0xD8, 0xFF, 0xE1] + MetadataContainers.be(body.count + 2, 2) + body + [0xFF, 0xD9]
  }

  @Test(arguments: [attributes, elements])
  func xmpWhereThereIsNoEXIF(packet: String) {
    let text = Array(packet.utf8)
    #expect(fields(jpegWithXMP(packet)) == expected)
    #expect(fields(MetadataContainers.webp(text, kind: "XMP ")) == expected)
    #expect(fields(MetadataContainers.heif([text], kind: "mime")) == expected)
    #expect(fields(MetadataContainers.png("iTXt", Array("XML:com.adobe.xmp\0\0\0\0\0".utf8) + text)) == expected)
    #expect(fields(ExifBytes().block(main: [(0x02BC, .bytes(text))])) == expected)
  }

  @Test func exifPrecedesXMPWhateverTheirOrder() {
    let xmp = jpegWithXMP(Self.attributes)
    #expect(fields(ExifBytes.jpeg(ExifBytes.usual(), before: xmp)) == ExifFieldTests.usual)
    let behind = xmp.dropLast(2) + MetadataContainers.jpeg.dropFirst(2)
    #expect(fields(Array(behind)) == ExifFieldTests.usual)
    let camera = ExifBytes().block(main: ExifBytes.main)
    var both = expected
    both.camera = ExifFieldTests.usual.camera
    #expect(fields(ExifBytes.jpeg(camera, before: xmp)) == both)
  }

  @Test(arguments: [
    "exif:DateTimeOriginal", "exif:DateTimeOriginal=", "exif:DateTimeOriginal=\"2019-03-04", "tiff:Make=\"a&#x7;b\"",
    "exif:DateTimeOriginal=\"2019\"", "exif:GPSLatitude=\"46,30.6N\"",
    "exif:GPSLatitude=\"46N\" exif:GPSLongitude=\"7E\"",
    "exif:GPSLatitude=\"nan,0N\" exif:GPSLongitude=\"7,0E\"", "xmp:CreateDate=\"2019-03-04T05:06:07\"", "::::",
    "tiff:Models=\"x\"",
    "tiff:Make><rdf:li>x</rdf:li>",
  ])
  func noXMP(packet: String) { #expect(fields(jpegWithXMP(packet)).isEmpty) }
}
