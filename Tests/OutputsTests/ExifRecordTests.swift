import Platform
import XCTest

@testable import Outputs
@testable import Recognition
@testable import Records

/// EXIF fields in records, in CSV and in caches.
final class ExifRecordTests: XCTestCase {
  static var fields: ExifFields {
    var fields = ExifFields()
    fields.taken = "2024-05-01T12:30:11"
    fields.takenOffset = "-02:00"
    fields.camera = "Acme \"3\", =x"
    fields.lens = "XL 35"
    fields.position = GeoPosition(latitude: -33.857, longitude: 70.123_456_78, altitude: -12.504)
    return fields
  }

  private func outcome(_ fields: ExifFields?) -> Outcome {
    var outcome = Samples.failed()
    outcome.path = RawPath("a.jpg")
    outcome.facts.exif = fields
    return outcome
  }

  func testRecords() {
    XCTAssertTrue(
      record(outcome(Self.fields)).contains(
        #""format":"jpeg","exif":{"taken":"2024-05-01T12:30:11","taken_offset":"-02:00","camera":"Acme \"3\", =x","#
          + #""lens":"XL 35","gps":[-33.857,70.1234568,-12.5]},"error":"#), record(outcome(Self.fields)))
    XCTAssertTrue(record(outcome(ExifFields())).contains(#","exif":{},"#))
    XCTAssertFalse(record(outcome(nil)).contains("exif"))
    var flat = ExifFields()
    flat.position = GeoPosition(latitude: 1, longitude: 0)
    XCTAssertTrue(record(outcome(flat)).contains(#","exif":{"gps":[1,0]},"#))
  }

  func testCSV() throws {
    let rows = try [Self.fields, ExifFields(), nil].map { fields in
      try written { output in
        let sink = CSVSink(output, hasExif: true)
        try sink.write(outcome(fields))
        try sink.finish()
      }
    }
    let head =
      CSVSink.columns.joined(separator: ",") + ",taken,taken_offset,camera,lens,latitude,longitude,altitude\r\n"
    let row = "a.jpg,error,jpeg,,,,,,,,,,,,truncated,\"ends early, \"\"x\"\"\",,"
    XCTAssertEqual(
      rows[0],
      head + row + ",2024-05-01T12:30:11,-02:00,\"Acme \"\"3\"\", =x\",XL 35,-33.857,70.1234568,-12.5\r\n")
    XCTAssertEqual(rows[1], head + row + ",,,,,,,\r\n")
    XCTAssertEqual(rows[2], rows[1])
  }

  func testCachedFieldsComeBack() throws {
    var flat = ExifFields()
    flat.position = GeoPosition(latitude: 0.000_000_1, longitude: -0.1)
    for fields in [Self.fields, ExifFields(), flat] {
      let bytes = CachedExif.bytes(of: fields)
      XCTAssertNotNil(CachedAnswer(bytes), "stores check it as an answer")
      let back = try XCTUnwrap(CachedExif.fields(bytes))
      XCTAssertEqual(record(outcome(back)), record(outcome(fields)))
    }
    for text in [
      "", "{}", #"{"findings":[]}"#, #"{"findings":{"exif":{"gps":[0,0]}}}"#, #"{"findings":{"exif":{"gps":[1]}}}"#,
      #"{"findings":{"exif":{"other":1}}}"#, #"{"findings":{"exif":{}}} "#, #"{"findings":{"exif":{"taken":}}}"#,
      #"{"findings":{"exif":{"taken":1}}}"#,
    ] {
      XCTAssertNil(CachedExif.fields(Array(text.utf8)), text)
    }
  }
}
