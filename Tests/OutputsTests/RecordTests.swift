import XCTest

@testable import Outputs
@testable import Recognition
@testable import Records

final class RecordTests: XCTestCase {
  private func number(_ value: Double, _ decimals: Int) -> String {
    var out = ByteWriter()
    out.append(value, decimals: decimals)
    return out.text
  }

  func testNumbers() {
    XCTAssertEqual(number(0.93, 6), "0.93")
    XCTAssertEqual(number(Double(Float(0.93)), 6), "0.93")
    XCTAssertEqual(number(0.000_001_4, 6), "0.000001")
    XCTAssertEqual(number(0.000_000_4, 6), "0")
    XCTAssertEqual(number(-0.04, 1), "0")
    XCTAssertEqual(number(-0.05, 1), "-0.1")
    XCTAssertEqual(number(1, 6), "1")
    XCTAssertEqual(number(0.999_999_9, 6), "1")
    XCTAssertEqual(number(-12.345, 2), "-12.35")
    XCTAssertEqual(number(1.05, 2), "1.05")
    XCTAssertEqual(number(100, 0), "100")
    XCTAssertEqual(number(.nan, 2), "0")
    XCTAssertEqual(number(.infinity, 2), "0")
    XCTAssertNotNil(Double(number(1e300, 2)))
    XCTAssertEqual(fixed(3, 2), "3.00")
    XCTAssertEqual(fixed(3.1, 2), "3.10")
    XCTAssertEqual(fixed(2.6, 0), "3")
    var out = ByteWriter()
    out.append(Int.min)
    out.append(Int.max)
    XCTAssertEqual(out.text, "\(Int.min)\(Int.max)")
  }

  func testManyNumbersAgreeWithSwift() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let value = Double.random(in: -5000...5000, using: &generator)
      let text = number(value, 3)
      XCTAssertEqual(try XCTUnwrap(Double(text)), value, accuracy: 0.000_500_1)
      XCTAssertFalse(text.contains("e"))
    }
  }

  func testAgeAndGender() {
    var face = Detection(score: 0.5, box: Box(x: 1, y: 2, width: 3, height: 4))
    face.age = Label(label: "(25-32)", id: 4, score: 0.75)
    face.gender = Label(label: "female", id: 1, score: 1)
    var json = JSONWriter()
    RecordWriter.findings(.detections([face]), to: &json)
    XCTAssertEqual(
      json.out.text,
      #"[{"score":0.5,"box":[1,2,3,4],"age":"(25-32)","age_score":0.75,"gender":"female","gender_score":1}]"#)
  }

  func testEscaping() throws {
    var json = JSONWriter()
    json.string("q\" b\\ \u{8}\u{9}\n\u{c}\r \u{1f} \u{7f} \u{9b} \u{a0}ü \u{2028}\u{2029}\u{2030} 😀")
    XCTAssertEqual(
      json.out.text,
      "\"q\\\" b\\\\ \\b\\t\\n\\f\\r \\u001f \\u007f \\u009b \u{a0}ü \\u2028\\u2029\u{2030} 😀\"")
    // Every scalar survives the way through another reader.
    for value in (0..<0x3100 as Range<UInt32>) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      var json = JSONWriter()
      json.beginArray()
      json.string("x\(Character(scalar))")
      json.endArray()
      let read = try JSONSerialization.jsonObject(with: Data(json.out.bytes)) as? [String]
      XCTAssertEqual(read.map { Array($0[0].unicodeScalars) }, ["x", scalar], "U+\(String(value, radix: 16))")
    }
    var repaired = JSONWriter()
    repaired.string(repairing: [0x61, 0xc2, 0xe2, 0x80])
    XCTAssertEqual(repaired.out.text, "\"a\u{fffd}\u{fffd}\"")
  }

  func testBase64() {
    for count in 0..<40 {
      let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
      var out = ByteWriter()
      out.append(base64: data)
      XCTAssertEqual(out.text, Data(data).base64EncodedString())
      XCTAssertEqual(Base64.decode(out.text), data)
    }
    for text in ["Y", "YQ", "YQ=", "YQ===", "Y=Q=", "=", "====", "YWI\n", "Y-_="] {
      XCTAssertNil(Base64.decode(text), text)
    }
    let vector: [Float] = [0, -1.5, .pi, .infinity]
    XCTAssertEqual([Float](littleEndianBytes: vector.littleEndianBytes), vector)
    XCTAssertNil([Float](littleEndianBytes: [0, 0, 0]))
  }

  func testGoldenRecords() {
    XCTAssertEqual(
      record(Samples.classified()),
      #"{"schema":"imgrec/1","path":"a/b.jpg","status":"ok","#
        + #""digest":"sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","bytes":81234,"#
        + #""format":"jpeg","width":3024,"height":4032,"orientation":6,"#
        + #""models":{"classify":"mobilenet_v2@9f2c61d0"},"cache":"miss","#
        + #""ms":{"read":0.4,"decode":3.1,"wait":2,"infer":8.71},"#
        + #""classify":[{"label":"tabby","id":281,"score":0.93},{"label":"tiger cat","id":282,"score":0.000123}]}"#)
    XCTAssertEqual(
      record(Samples.faces()),
      #"{"schema":"imgrec/1","path":"a\#u{fffd}.j","path_bytes":"Yf8uag==","status":"ok","#
        + #""models":{"classify":"m@0","faces":"yunet@8f2383e4"},"cache":"off","#
        + #""ms":{"read":0,"decode":0,"wait":0,"infer":0},"warnings":["jpeg: premature end of data"],"classify":[],"#
        + #""faces":[{"score":0.5,"box":[1.3,0,10,20.1],"landmarks":[[3,4.5]]},"#
        + #"{"label":"a, \"b\"","text":"x\ny","score":1,"box":[0,0,1,1]}]}"#)
    XCTAssertEqual(
      record(Samples.failed()),
      #"{"schema":"imgrec/1","path":"esc\u001b[2J\n.jpg","status":"error","bytes":12,"format":"jpeg","#
        + #""error":{"stage":"decode","code":"truncated","message":"ends early, \"x\""}}"#)
    XCTAssertTrue(record(Samples.empty()).hasSuffix(#","faces":[]}"#))
  }

  func testRecordsAreWhatTheSchemaSays() throws {
    let schema = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(RecordSchema.text.utf8)) as? [String: Any])
    for outcome in Samples.all {
      let value = try JSONSerialization.jsonObject(with: Data(record(outcome).utf8))
      XCTAssertEqual(violations(of: schema, in: value, root: schema, at: "$"), [])
    }
    // The check itself can fail.
    XCTAssertNotEqual(violations(of: schema, in: ["schema": "imgrec/1", "path": "x"], root: schema, at: "$"), [])
    XCTAssertNotEqual(
      violations(
        of: schema,
        in: [
          "schema": "imgrec/1", "path": "x", "status": "error", "error": ["stage": "x", "code": "y", "message": ""],
        ],
        root: schema, at: "$"), [])
  }

  /// As much of JSON Schema as ours uses.
  private func violations(of schema: [String: Any], in value: Any, root: [String: Any], at path: String) -> [String] {
    var found: [String] = []
    if let reference = schema["$ref"] as? String {
      let name = String(reference.dropFirst("#/$defs/".count))
      guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
        return ["\(path): \(name)"]
      }
      return violations(of: target, in: value, root: root, at: path)
    }
    if let constant = schema["const"] as? String, value as? String != constant { found.append("\(path): const") }
    if let list = schema["enum"] as? [String], !list.contains(value as? String ?? "") { found.append("\(path): enum") }
    switch schema["type"] as? String {
    case "string":
      guard let text = value as? String else { return ["\(path): no string"] }
      if let pattern = schema["pattern"] as? String, text.range(of: pattern, options: .regularExpression) == nil {
        found.append("\(path): pattern")
      }
    case "integer", "number":
      guard let number = value as? NSNumber else { return ["\(path): no number"] }
      if schema["type"] as? String == "integer", number.doubleValue != number.doubleValue.rounded() {
        found.append("\(path): no integer")
      }
      if let minimum = schema["minimum"] as? Double, number.doubleValue < minimum { found.append("\(path): minimum") }
      if let maximum = schema["maximum"] as? Double, number.doubleValue > maximum { found.append("\(path): maximum") }
    case "array":
      guard let array = value as? [Any] else { return ["\(path): no array"] }
      if let minimum = schema["minItems"] as? Int, array.count < minimum { found.append("\(path): minItems") }
      if let maximum = schema["maxItems"] as? Int, array.count > maximum { found.append("\(path): maxItems") }
      if let items = schema["items"] as? [String: Any] {
        for (index, item) in array.enumerated() {
          found += violations(of: items, in: item, root: root, at: "\(path)[\(index)]")
        }
      }
    case "object":
      guard let object = value as? [String: Any] else { return ["\(path): no object"] }
      found += missing(schema, object, path)
      let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
      for (key, member) in object {
        if let property = properties[key] ?? schema["additionalProperties"] as? [String: Any] {
          found += violations(of: property, in: member, root: root, at: "\(path).\(key)")
        } else if schema["additionalProperties"] as? Bool == false {
          found.append("\(path): unknown key \(key)")
        }
      }
      if schema["if"] != nil, let branch = schema[object["status"] as? String == "ok" ? "then" : "else"] {
        found += missing(branch as? [String: Any] ?? [:], object, path)
      }
    default: break
    }
    return found
  }

  private func missing(_ schema: [String: Any], _ object: [String: Any], _ path: String) -> [String] {
    (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map { "\(path): lacks \($0)" }
  }
}
