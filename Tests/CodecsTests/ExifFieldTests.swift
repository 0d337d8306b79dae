import TestSupport
import Testing

@testable import Codecs
@testable import Recognition

/// The fields of EXIF data, drawn here in every form.
@Suite struct ExifFieldTests {
  static func fields(_ bytes: [UInt8]) -> ExifFields { bytes.withUnsafeBytes { ExifFields(of: $0) } }

  static var usual: ExifFields {
    var fields = ExifFields()
    fields.taken = "2024-05-01T12:30:11"
    fields.takenOffset = "+02:00"
    fields.camera = "Acme Corp. Zoom 3"
    fields.lens = "Acme 50mm F1.8"
    fields.position = GeoPosition(latitude: -33.857, longitude: -70.5, altitude: -12.5)
    return fields
  }

  private func fields(main: ExifBytes.Entries = [], exif: ExifBytes.Entries = [], gps: ExifBytes.Entries = [])
    -> ExifFields
  {
    Self.fields(ExifBytes().block(main: main, exif: exif, gps: gps))
  }

  @Test(arguments: [false, true], [42, 43, 0x4F52, 0x5352, 0x55])
  func everyFieldInBothOrders(bigEndian: Bool, version: Int) {
    let bytes = ExifBytes(bigEndian: bigEndian, isBig: version == 43, version: version).block(
      main: ExifBytes.main, exif: ExifBytes.exif, gps: ExifBytes.gps)
    #expect(Self.fields(bytes) == Self.usual)
  }

  @Test func theTimeIsThatOfThePictureAndNotOfTheFile() {
    #expect(fields(main: [(0x0132, .text("2024:05:01 12:30:11"))]).taken == nil)
    let digitized: ExifBytes.Entries = [
      (0x9004, .text("2001:02:03 04:05:06")), (0x9012, .text("-05:30")), (0x9010, .text("+01:00")),
    ]
    #expect(fields(exif: digitized).taken == "2001-02-03T04:05:06")
    #expect(fields(exif: digitized).takenOffset == "-05:30")
    #expect(fields(exif: ExifBytes.exif + digitized).taken == "2024-05-01T12:30:11")
    // An offset of another time says nothing.
    #expect(fields(exif: [(0x9003, .text("2024:05:01 12:30:11"))] + digitized).takenOffset == nil)
    #expect(fields(exif: [(0x9003, .text("0000:00:00 00:00:00"))] + digitized).taken == "2001-02-03T04:05:06")
    // TIFF/EP has it in the first directory.
    #expect(fields(main: [(0x9003, .text("2024:05:01 12:30:11"))]).taken == "2024-05-01T12:30:11")
  }

  @Test(
    arguments: [
      ("2024:02:29 23:59:59", "2024-02-29T23:59:59", nil),
      ("2024-05-01T12:30:11.25+02:00", "2024-05-01T12:30:11", "+02:00"),
      ("2024/05/01 12:30:11Z", "2024-05-01T12:30:11", "+00:00"),
      ("2024:05:01 12:30:11+15:00", "2024-05-01T12:30:11", nil),
    ] as [(String, String, String?)])
  func dates(text: String, taken: String, offset: String?) {
    #expect(ExifText.date(text)?.taken == taken)
    #expect(ExifText.date(text)?.offset == offset)
  }

  @Test(arguments: [
    "0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:01 00:00:00", "2023:02:29 00:00:00", "2024:04:31 00:00:00",
    "2024:05:00 00:00:00", "2024:05:01 24:00:00", "2024:05:01 12:60:00", "2024:05:01 12:30:60", "2024:05:01 12:30:  ",
    "2024:05:01", "20240501 123011", "+024:05:01 12:30:11", "2024:05:01-12:30:11", "",
  ])
  func noDates(text: String) {
    #expect(ExifText.date(text)?.taken == nil)
    #expect(fields(exif: [(0x9003, .text(text))]).isEmpty)
  }

  @Test(arguments: ["   :  ", "+2:00", "02:00", "+14:30", "+02:60", "+02-00", "+0a:00", ""])
  func noOffsets(text: String) { #expect(ExifText.offset(text) == nil) }

  @Test(
    arguments: [
      ("Canon", "Canon EOS 5D", "Canon EOS 5D"), ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
      ("EASTMAN KODAK COMPANY", "KODAK DX4900 ZOOM", "KODAK DX4900 ZOOM"), ("Apple", "iPhone 7", "Apple iPhone 7"),
      ("NIKON", "E775", "NIKON E775"), ("SONY", "DSC-F828", "SONY DSC-F828"), ("Nikon", "NIKOND1", "NIKOND1"),
      ("OLYMPUS IMAGING CORP.  ", " E-M5 ", "OLYMPUS IMAGING CORP. E-M5"), ("", "X100", "X100"),
      ("FUJIFILM", "", "FUJIFILM"),
      ("\u{7}", "----", nil), ("a\nb", "X\u{202e}Y", nil), ("Ünï", "カメラ", "Ünï カメラ"),
    ] as [(String, String, String?)])
  func cameras(make: String, model: String, camera: String?) {
    #expect(fields(main: [(0x010F, .text(make)), (0x0110, .text(model))]).camera == camera)
  }

  @Test func textsThatAreNoUTF8OrTooLongAreLeftOut() {
    let bytes: [[UInt8]] = [[0x41, 0xE9, 0x42], [0xFF], [UInt8](repeating: 0x41, count: 257), [0, 0x41]]
    for bytes in bytes { #expect(fields(main: [(0x0110, .bytes(bytes))]).camera == nil) }
    #expect(fields(main: [(0x0110, .bytes([UInt8](repeating: 0x41, count: 256)))]).camera?.count == 256)
    #expect(fields(main: [(0x0110, .bytes(Array("A\0\u{7}garbage".utf8)))]).camera == "A")
  }

  @Test func lenses() {
    func lens(_ numbers: [(Int, Int)], make: String? = nil) -> String? {
      var entries: ExifBytes.Entries = [(0xA432, .fractions(numbers))]
      if let make { entries.append((0xA433, .text(make))) }
      return fields(exif: entries).lens
    }
    #expect(lens([(18, 1), (55, 1), (35, 10), (56, 10)]) == "18-55mm f/3.5-5.6")
    #expect(lens([(50, 1), (50, 1), (14, 10), (14, 10)], make: "Acme") == "Acme 50mm f/1.4")
    #expect(lens([(425, 100), (425, 100), (18, 10), (18, 10)]) == "4.25mm f/1.8")
    #expect(lens([(15, 1), (45, 1), (0, 0), (0, 0)]) == "15-45mm")
    #expect(lens([(0, 0), (0, 0), (0, 0), (0, 0)]) == nil)
    #expect(lens([(0, 1), (0, 1), (0, 1), (0, 1)]) == nil)
    #expect(lens([(50, 1)]) == "50mm")
    #expect(fields(main: [(0xC630, .fractions([(35, 1), (35, 1), (2, 1), (2, 1)]))]).lens == "35mm f/2")
    #expect(
      fields(exif: [(0xA434, .text("----")), (0xA432, .fractions([(35, 1), (35, 1), (2, 1), (2, 1)]))]).lens
        == "35mm f/2")
  }

  /// `nil` for no position.
  private func position(
    _ latitude: [(Int, Int)], _ longitude: [(Int, Int)] = [(7, 1)], references: (String, String) = ("N", "E"),
    altitude: [(Int, Int)]? = nil
  ) -> GeoPosition? {
    var entries: ExifBytes.Entries = [
      (1, .text(references.0)), (2, .fractions(latitude)), (3, .text(references.1)), (4, .fractions(longitude)),
    ]
    if let altitude { entries.append((6, .fractions(altitude))) }
    return fields(gps: entries).position
  }

  @Test func positions() {
    #expect(position([(46, 1), (30, 1), (36, 1)]) == GeoPosition(latitude: 46.51, longitude: 7))
    #expect(position([(46, 1), (305, 10)])?.latitude == 46.5083333)
    #expect(position([(465, 10), (0, 0), (0, 0)])?.latitude == 46.5)
    #expect(position([(46, 1)], references: ("s", "w")) == GeoPosition(latitude: -46, longitude: -7))
    #expect(position([(46, 1)], altitude: [(4478, 1)])?.altitude == 4478)
    #expect(position([(46, 1)], altitude: [(0, 0)]) == GeoPosition(latitude: 46, longitude: 7))
    #expect(position([(46, 1)], altitude: [(4_294_967_295, 1)])?.altitude == nil)
    #expect(position([(90, 1)], [(180, 1)]) != nil)
    #expect(position([(0, 1)], [(7, 1)]) != nil)
  }

  @Test func noPositions() {
    #expect(position([(0, 0), (0, 0), (0, 0)]) == nil)
    #expect(position([(0, 1)], [(0, 1)]) == nil)
    #expect(position([(91, 1)]) == nil)
    #expect(position([(46, 1)], [(181, 1)]) == nil)
    #expect(position([(46, 1), (61, 1)]) == nil)
    #expect(position([(46, 1)], references: ("", "E")) == nil)
    #expect(position([(46, 1)], references: ("N", "X")) == nil)
    #expect(fields(gps: [(2, .fractions([(46, 1)])), (4, .fractions([(7, 1)]))]).position == nil)
    #expect(fields(gps: [(1, .text("N")), (2, .fractions([(46, 1)]))]).position == nil)
  }

  @Test(arguments: [false, true])
  func everyCutKeepsWhatIsThere(bigEndian: Bool) {
    let block = ExifBytes.usual(bigEndian: bigEndian)
    for end in 0..<block.count {
      let fields = Self.fields(Array(block[..<end]))
      #expect(fields.camera == nil || Self.usual.camera!.contains(fields.camera!))
      #expect(fields.taken == nil || fields.taken == Self.usual.taken)
    }
  }

  @Test func linksThatLoopOrLeadOutsideEnd() {
    for link in [0, 8, 10, 4_294_967_295, 1_000_000] {
      let links: ExifBytes.Entries = [(0x8769, .long(link)), (0x8825, .long(link))]
      #expect(fields(main: ExifBytes.main + links).camera == Self.usual.camera)
    }
  }

  /// Mutants of every container: none traps, and what is found is well-formed.
  @Test func mutantsNeverTrap() {
    var random = SystemRandomNumberGenerator()
    for seed in MetadataContainers.all.map(\.bytes) {
      for _ in 0..<300 {
        var mutant = seed
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          let at = Int.random(in: 0..<mutant.count, using: &random)
          mutant[at] = [0, 0xFF, 0x7F, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random)!
        }
        if Bool.random(using: &random) { mutant.removeLast(Int.random(in: 0..<mutant.count, using: &random)) }
        let fields = Self.fields(mutant)
        #expect(fields.taken == nil || fields.taken?.count == 19, "\(mutant)")
        #expect(fields.takenOffset == nil || fields.taken != nil, "\(mutant)")
      }
    }
  }
}
