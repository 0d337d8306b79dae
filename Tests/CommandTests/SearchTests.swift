import Foundation
import XCTest

/// `imgrec search` by `--id`: exact over records in any form, and over the rows of NumPy files.
final class SearchTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws { folder = try ImgrecCLI.temporaryFolder() }
  override func tearDown() { try? FileManager.default.removeItem(at: folder) }

  private func search(_ arguments: String..., input: String? = nil) throws -> ImgrecCLI.Result {
    try ImgrecCLI.run(["search"] + arguments, input: input.map { Data($0.utf8) }, folder: folder)
  }

  private func write(_ name: String, _ lines: [String]) throws {
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: folder.appendingPathComponent(name))
  }

  private func write(_ name: String, _ data: Data) throws {
    try data.write(to: folder.appendingPathComponent(name))
  }

  private func check(
    _ result: ImgrecCLI.Result, _ expected: [(name: String, score: Double)], file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    XCTAssertEqual(result.status, 0, result.err, file: file, line: line)
    let records = try result.records(file: file, line: line)
    XCTAssertEqual(records.map { $0["path"] as? String }, expected.map(\.name), file: file, line: line)
    for (index, record) in records.enumerated() where index < expected.count {
      let found = try XCTUnwrap(record["search"] as? [String: Any], file: file, line: line)
      XCTAssertEqual(found["rank"] as? Int, index + 1, file: file, line: line)
      XCTAssertEqual(
        try XCTUnwrap(found["score"] as? Double, file: file, line: line), expected[index].score, accuracy: 6e-7,
        file: file, line: line)
    }
  }

  func testIsExactInEveryForm() throws {
    let set = VectorSet(count: 300, dim: 67)
    let expected = set.nearest(to: 42, 20)
    try write("values.jsonl", set.lines)
    try check(search("values.jsonl", "--id", "p/42.jpg"), expected)
    try write("v.npy", set.numpy())
    let rows = set.rows(of: "v.npy")
    try write("rows.jsonl", rows + [VectorSet.failure])
    let result = try search("rows.jsonl", "--id", "p/42.jpg")
    try check(result, expected)
    XCTAssertTrue(
      result.err.contains("301 images: 299 compared, 2 skipped (1 searched for, 1 without a vector); 20 found"),
      result.err)
    // Of equal scores the first counts, and the order of the records does not matter else.
    try write("reversed.jsonl", rows.reversed())
    try check(search("reversed.jsonl", "--id", "p/42.jpg"), expected)
    // Read one by one: white space, an array, standard input, several files, another order of keys.
    try write("list.json", ["[\n" + rows.joined(separator: ",\n") + "\n]"])
    try check(search("list.json", "--id", "p/42.jpg"), expected)
    try check(search("--id", "p/42.jpg", input: rows.joined(separator: "\n ")), expected)
    try write("a.jsonl", Array(rows[..<100]))
    try write("b.jsonl", Array(rows[100...]))
    try check(search("a.jsonl", "b.jsonl", "--id", "p/42.jpg"), expected)
    let sorted = rows.map {
      #"{"embed":"# + $0.split(separator: #","embed":"#, maxSplits: 1)[1].dropLast() + ","
        + $0.dropFirst().replacing(#","embed":{"dim""#, with: #","old":{"dim""#)
    }
    try write("sorted.jsonl", sorted)
    try check(search("sorted.jsonl", "--id", "p/42.jpg"), expected)
    // A part of the records.
    try write("part.jsonl", rows.enumerated().filter { $0.offset % 3 == 0 }.map(\.element))
    let part = VectorSet.Part(set) { $0 % 3 == 0 }
    try check(search("part.jsonl", "--id", "p/42.jpg"), part.nearest(to: 42, 20))
    try check(search("rows.jsonl", "--id", "p/42.jpg", "-n", "1000"), set.nearest(to: 42, 1000))
    let least = expected[4].score - 1e-9
    try check(search("rows.jsonl", "--id", "p/42.jpg", "--min-score", "\(least)"), Array(expected[..<5]))
    try check(search("values.jsonl", "--id", "p/42.jpg", "--min-score", "\(least)"), Array(expected[..<5]))
  }

  func testHalfPrecision() throws {
    var set = VectorSet(count: 100, dim: 40)
    // Numbers that f16 holds exactly: the answer is that of f32.
    set.vectors = set.vectors.map { $0.map { ($0 * 512).rounded() / 512 } }
    try write("v.npy", set.numpy(type: "<f2"))
    try write("rows.jsonl", set.rows(of: "elsewhere.npy"))
    try check(search("rows.jsonl", "--id", "p/7.jpg", "--npy", "v.npy"), set.nearest(to: 7, 20))
    try check(
      search("-", "--id", "p/7.jpg", "--npy", "v.npy", input: set.rows(of: "x").joined()), set.nearest(to: 7, 20))
  }

  func testEqualScoresComeInTheOrderOfTheRecords() throws {
    var set = VectorSet(count: 200, dim: 33)
    for index in stride(from: 10, to: 200, by: 2) { set.vectors[index] = set.vectors[0].map { $0 * Float(index) } }
    // Multiples by powers of two have the very same cosine.
    for (power, index) in stride(from: 10, to: 200, by: 2).enumerated() {
      set.vectors[index] = set.vectors[0].map { $0 * Float(sign: .plus, exponent: power % 40 - 20, significand: 1) }
    }
    try write("v.npy", set.numpy())
    try write("rows.jsonl", set.rows(of: "v.npy"))
    try write("values.jsonl", set.lines)
    let expected = stride(from: 10, to: 200, by: 2).prefix(20).map { "p/\($0).jpg" }
    for file in ["rows.jsonl", "values.jsonl"] {
      let result = try search(file, "--id", "p/0.jpg", "--format", "paths")
      XCTAssertEqual(result.text.split(separator: "\n").map(String.init), expected, file)
    }
  }

  func testVectorsWithoutDirectionAreSkipped() throws {
    var set = VectorSet(count: 20, dim: 16)
    set.vectors[3] = [Float](repeating: 0, count: 16)
    set.vectors[4][5] = .nan
    set.vectors[5][5] = .infinity
    // Long and short ones have a direction: their squares leave f32.
    set.vectors[6] = set.vectors[0].map { $0 * 1e30 }
    set.vectors[7] = set.vectors[0].map { $0 * 1e-30 }
    try write("v.npy", set.numpy())
    try write("rows.jsonl", set.rows(of: "v.npy"))
    try write("values.jsonl", set.lines)
    for file in ["rows.jsonl", "values.jsonl"] {
      let result = try search(file, "--id", "p/0.jpg", "--format", "paths")
      XCTAssertEqual(result.status, 0, result.err)
      let paths = result.text.split(separator: "\n").map(String.init)
      XCTAssertEqual(Set(paths[..<2]), ["p/6.jpg", "p/7.jpg"], file)
      XCTAssertEqual(paths.count, 16, file)
      XCTAssertTrue(result.err.contains("3 without a direction"), result.err)
      let lost = try search(file, "--id", "p/3.jpg")
      XCTAssertEqual(lost.status, 2, file)
      XCTAssertTrue(lost.err.contains("no common direction"), lost.err)
    }
  }

  func testNamesOfRecords() throws {
    let set = VectorSet(count: 4, dim: 5)
    let embeds = set.vectors.map { #"{"dim":5,"values":"\#(VectorSet.base64($0))"}"# }
    let bytes = Data([0x70, 0x2f, 0xff]).base64EncodedString()
    try write(
      "odd.jsonl",
      [
        VectorSet.record("doc.tif", embed: embeds[0], rest: #","page":1,"pages":2"#),
        VectorSet.record("doc.tif", embed: embeds[1], rest: #","page":2,"pages":2"#),
        VectorSet.record("p/\u{fffd}", embed: embeds[2], rest: #","path_bytes":"\#(bytes)""#),
        VectorSet.record(#"quo\"te \\.jpg"#, embed: embeds[3].replacingOccurrences(of: "/", with: #"\/"#)),
        VectorSet.failure,
      ])
    let second = try search("odd.jsonl", "--id", "doc.tif", "--page", "2", "--format", "paths", "--print0")
    XCTAssertEqual(second.status, 0, second.err)
    let names = second.out.split(separator: 0)
    XCTAssertEqual(
      Set(names.map { Array($0) }), [Array("doc.tif".utf8), [0x70, 0x2f, 0xff], Array(#"quo"te \.jpg"#.utf8)])
    let quoted = try search("odd.jsonl", "--id", #"quo"te \.jpg"#)
    XCTAssertEqual(try quoted.records().count, 3, quoted.err)
    let bad = try search("odd.jsonl", "--id", "p/bad.jpg")
    XCTAssertEqual(bad.status, 2)
    XCTAssertTrue(bad.err.contains("the record of p/bad.jpg has no vector: the file is cut off"), bad.err)
    let other = try search("odd.jsonl", "--id", "else/doc.tif")
    XCTAssertTrue(other.err.contains("no record is of else/doc.tif\nDid you mean --id doc.tif?"), other.err)
  }

  func testPathsThatAreNotUTF8() throws {
    let set = VectorSet(count: 3, dim: 4)
    try write("v.npy", set.numpy())
    let names = [Data([0xfe]), Data([0xff]), Data([0xfd])]
    let lines = names.enumerated().map { row, name in
      VectorSet.record("\u{fffd}", embed: #"{"dim":4,"file":"v.npy","row":\#(row)}"#)
        .replacingOccurrences(of: #","status""#, with: #","path_bytes":"\#(name.base64EncodedString())","status""#)
    }
    try write("rows.jsonl", lines)
    try write("spaced.json", lines.map { " " + $0 })
    for file in ["rows.jsonl", "spaced.json"] {
      let result = try ImgrecCLI.shell("imgrec search \(file) --id $'\\xff' --format paths --print0", folder: folder)
      XCTAssertEqual(result.status, 0, result.err)
      XCTAssertEqual(Set(result.out.split(separator: 0)), [names[0], names[2]], file)
    }
  }

  func testOnlyVectorsOfOneNetworkAreCompared() throws {
    let set = VectorSet(count: 6, dim: 8)
    var lines = set.lines
    for index in [1, 4] {
      lines[index] = lines[index].replacingOccurrences(of: VectorSet.model, with: "other@11111111")
    }
    let expected = VectorSet.Part(set) { ![1, 4].contains($0) }.nearest(to: 0, 20)
    let result = try search("--id", "p/0.jpg", input: lines.joined(separator: "\n"))
    try check(result, expected)
    XCTAssertTrue(result.err.contains("2 of another network"), result.err)
    try check(
      search("--id", "p/1.jpg", input: lines.joined(separator: "\n")),
      VectorSet.Part(set) { [1, 4].contains($0) }.nearest(to: 1, 20))
    // The same with rows, where lines are not parsed.
    try write("v.npy", set.numpy())
    var rows = set.rows(of: "v.npy")
    for index in [1, 4] { rows[index] = rows[index].replacingOccurrences(of: VectorSet.model, with: "other@11111111") }
    try write("rows.jsonl", rows)
    try check(search("rows.jsonl", "--id", "p/0.jpg"), expected)
    // Several files of vectors.
    try write("w.npy", set.numpy())
    try write(
      "two.jsonl", set.rows(of: "v.npy") + [set.rows(of: "w.npy")[2].replacingOccurrences(of: "p/2", with: "p/w")])
    let both = try search("two.jsonl", "--id", "p/2.jpg", "--format", "paths", "-n", "1")
    XCTAssertEqual(both.text, "p/w.jpg\n", both.err)
  }

  func testFilesOfVectorsThatDoNotFit() throws {
    let set = VectorSet(count: 10, dim: 8)
    try write("rows.jsonl", set.rows(of: "v.npy"))
    func problem(_ data: Data?, file: StaticString = #filePath, line: UInt = #line) throws -> String {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent("v.npy"))
      if let data { try write("v.npy", data) }
      let result = try search("rows.jsonl", "--id", "p/0.jpg")
      XCTAssertEqual(result.status, 2, result.err, file: file, line: line)
      XCTAssertEqual(result.err.split(separator: "\n").count, 2, result.err, file: file, line: line)
      return result.err
    }
    let whole = set.numpy()
    XCTAssertTrue(try problem(nil).contains("--npy"))
    XCTAssertTrue(try problem(whole.dropLast()).contains("cut off"))
    XCTAssertTrue(try problem(Data("no array".utf8)).contains("it is no NumPy array"))
    XCTAssertTrue(try problem(VectorSet.header("<f8", "(10, 8)") + whole).contains("<f8"))
    XCTAssertTrue(try problem(VectorSet.header("<f4", "(80,)") + whole).contains("its shape is 80"))
    XCTAssertTrue(try problem(VectorSet.header("<f4", "(10, 8)", fortran: "True") + whole).contains("columns"))
    XCTAssertTrue(
      try problem(VectorSet.header("<f4", "(9223372036854775807, 9223372036854775807)")).contains("cut off"))
    XCTAssertTrue(try problem(VectorSet.header("<f4", "(20, 4)") + whole).contains("have 4 numbers"))
    var fewer = set
    fewer.vectors.removeLast()
    XCTAssertTrue(try problem(fewer.numpy()).contains("has 9 vectors, and the record of p/9.jpg is for number 10"))
  }

  func testMistakes() throws {
    func problem(_ status: Int32, _ arguments: String..., input: String = "") throws -> String {
      let result = try ImgrecCLI.run(["search"] + arguments, input: Data(input.utf8), folder: folder)
      XCTAssertEqual(result.status, status, result.err)
      XCTAssertLessThanOrEqual(result.err.split(separator: "\n").count, 2, result.err)
      return result.err
    }
    try write("r.jsonl", VectorSet(count: 3, dim: 2).lines)
    XCTAssertTrue(try problem(64, "r.jsonl").contains("--like"))
    XCTAssertTrue(try problem(64, "r.jsonl", "--like", "none.jpg").contains("no such file"))
    XCTAssertTrue(try problem(64, "r.jsonl", "--id", "p/0.jpg", "--pull").contains("--pull needs --like"))
    XCTAssertTrue(try problem(64, "r.jsonl", "--id", "p/0.jpg", "-n", "0").contains("-n"))
    XCTAssertTrue(try problem(3, "--id", "p/0.jpg").contains("the records are empty"))
    XCTAssertTrue(try problem(2, "none.jsonl", "--id", "p/0.jpg").contains("none.jsonl"))
    XCTAssertTrue(try problem(2, "--id", "p/0.jpg", input: "{}").contains("this is no record"))
    XCTAssertTrue(try problem(2, "--id", "p/bad.jpg", input: VectorSet.failure).contains("has no vector"))
    XCTAssertTrue(try problem(2, "r.jsonl", "--id", "p/0.jpg", "-o", "r.jsonl").contains("would write over"))
    try write("mine.txt", Data("mine".utf8))
    XCTAssertTrue(try problem(2, "r.jsonl", "--id", "p/0.jpg", "-o", "mine.txt").contains("--on-exists overwrite"))
    XCTAssertEqual(try search("r.jsonl", "--id", "p/0.jpg", "-o", "new.jsonl").status, 0)
    XCTAssertEqual(ImgrecCLI.lineCount(folder.appendingPathComponent("new.jsonl")), 2)
  }
}

extension VectorSet {
  /// Some of the vectors.
  struct Part {
    let set: VectorSet
    let isIn: (Int) -> Bool

    init(_ set: VectorSet, _ isIn: @escaping (Int) -> Bool) { (self.set, self.isIn) = (set, isIn) }

    func nearest(to query: Int, _ count: Int) -> [(name: String, score: Double)] {
      let names = Set(set.names.indices.filter(isIn).map { set.names[$0] })
      return Array(set.nearest(to: query, set.names.count).filter { names.contains($0.name) }.prefix(count))
    }
  }
}
