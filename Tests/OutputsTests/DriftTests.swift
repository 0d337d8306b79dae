import Foundation
import Platform
import Records
import TestSupport
import Testing

@testable import Outputs

/// Records of made-up images, in the form that scan writes.
private struct MadeRecords {
  var random = SplitMix(state: 1)

  /// A record with a label of a long tail, a score, a brightness and a number of objects.
  mutating func record(_ name: Int, dark: Bool = false, model: String = "m@1") -> String {
    let label = Int(pow(Double.random(in: 0..<1, using: &random), 3) * 300)
    let score = Double.random(in: 0.2..<1, using: &random)
    let brightness = Double.random(in: 60..<200, using: &random) * (dark ? 0.4 : 1)
    let objects = (0..<Int.random(in: 0...3, using: &random)).map { _ in
      "{\"label\":\"car\",\"score\":0.5,\"box\":[1,2,3,4]}"
    }
    let digest = String(repeating: "0", count: 16 - String(name, radix: 16).count) + String(name, radix: 16)
    return """
      {"schema":"imgrec/1","path":"\(name).jpg","status":"ok","digest":"sha256:\(digest)\(dark ? "1" : "0")",\
      "format":"jpeg","width":640,"height":\(400 + name % 80),"models":{"classify":"\(model)","quality":"q@1"},\
      "classify":[{"label":"l\(label)","id":\(label),"score":\(score)}],\
      "quality":{"brightness":\(brightness)},"detect":[\(objects.joined(separator: ","))]}
      """
  }
}

private func record(_ json: String) throws -> StoredRecord {
  var records: [StoredRecord] = []
  var objects = JSONObjects()
  try Array(json.utf8).withUnsafeBufferPointer { bytes in
    try objects.append(bytes) { json, _ in records.append(try StoredRecord(json)) }
  }
  try objects.finish()
  return try #require(records.first)
}

private func compare(
  _ baseline: [StoredRecord], _ now: [StoredRecord], limits: DriftLimits = DriftLimits(), ignoring: Set<String> = []
) -> DriftComparison {
  var before = DriftProfile()
  for record in baseline { before.add(record) }
  var after = DriftProfile(beside: before)
  for record in now { after.add(record) }
  return DriftComparison(before, after, limits: limits, ignoring: ignoring)
}

extension DriftComparison {
  fileprivate func verdict(_ name: String) -> DriftVerdict? { measures.first { $0.name == name }?.verdict }
}

@Suite struct DriftTests {
  private func records(_ numbers: Range<Int>, dark: Range<Int> = 0..<0) throws -> [StoredRecord] {
    var made = MadeRecords(random: SplitMix(state: UInt64(numbers.lowerBound)))
    return try numbers.map { try record(made.record($0, dark: dark.contains($0))) }
  }

  @Test(arguments: [1, 5, 60, 400]) func aRunAgainstItselfHasNone(count: Int) throws {
    let run = try records(0..<count)
    let result = compare(run, run.shuffled())
    #expect(result.measures.count == 11)
    for measure in result.measures {
      #expect(measure.size == 0, "\(measure.name)")
      #expect(measure.p == 1, "\(measure.name)")
    }
    #expect(result.verdict == (count < 50 ? .tooFew : .stable))
  }

  @Test func halvesOfOneSetHaveNone() throws {
    let run = try records(0..<300)
    var random = SplitMix(state: 9)
    var (alarms, small) = (0, 0)
    for _ in 0..<60 {
      let mixed = run.shuffled(using: &random)
      switch compare(Array(mixed[..<150]), Array(mixed[150...])).verdict {
      case .drift, .warning: alarms += 1
      case .small: small += 1
      case .stable, .tooFew: break
      }
    }
    #expect(alarms <= 2)
    #expect(small <= 2)
  }

  @Test func aFifthDarkenedIsFoundAmongTheSameImages() throws {
    for count in [100, 300] {
      var made = MadeRecords()
      let plain = try (0..<count).map { try record(made.record($0)) }
      let darkened = try plain.enumerated().map { index, old in
        index.isMultiple(of: 5) ? try record(made.record(index, dark: true)) : old
      }
      let result = compare(plain, darkened)
      #expect(result.verdict("quality.brightness") == .drift)
      #expect(result.verdict("classify.label") == .stable)
    }
  }

  @Test func aFifthDarkenedIsFoundAmongOthers() throws {
    var found = 0
    for draw in 0..<20 {
      let start = 1000 * (draw + 1)
      let result = compare(
        try records(start..<start + 300), try records(start + 500..<start + 800, dark: start + 500..<start + 560))
      if result.verdict("quality.brightness") == .drift { found += 1 }
    }
    #expect(found >= 15)
  }

  @Test func partsOfTheBaseline() throws {
    let run = try records(0..<400)
    var random = SplitMix(state: 2)
    #expect(compare(run, Array(run.shuffled(using: &random)[..<200])).verdict == .stable)
    // The bright ones are missing.
    let dark = run.filter { record in
      guard case .measures(let measures) = record.findings(.quality) else { return false }
      return measures[0].value < 150
    }
    #expect(dark.count > 200)
    #expect(compare(run, dark).verdict("quality.brightness") == .drift)
    // More of the same, and more that is darker.
    #expect(compare(run, try run + records(1000..<1400)).verdict == .stable)
    let more = try run + records(1000..<1400, dark: 1000..<1200)
    #expect(compare(run, more).verdict("quality.brightness") == .drift)
  }

  @Test func aSmallShiftOfManyIsSmall() throws {
    let many = 12_000
    let result = compare(
      try records(0..<many), try records(100_000..<100_000 + many, dark: 100_000..<100_000 + many / 25))
    #expect(result.verdict("quality.brightness") == .small)
    #expect(result.verdict("classify.score") == .stable)
  }

  @Test func failuresAreFound() throws {
    let failure = { (name: Int) in
      try record(
        """
        {"schema":"imgrec/1","path":"bad\(name).jpg","status":"error",
         "error":{"stage":"decode","code":"truncated","message":"x"}}
        """)
    }
    let failures = try (0..<30).map(failure)
    let result = compare(try records(0..<200), try records(0..<200) + failures)
    #expect(result.verdict("failed") == .drift)
    #expect(result.verdict("result") == .drift)
    #expect(compare(try records(0..<200) + failures, try records(0..<200) + failures).verdict == .stable)
    // All of a few fail: certain without many images.
    #expect(compare(try records(0..<40), failures).verdict("failed") == .drift)
    #expect(compare(try records(0..<40), Array(failures[..<1])).verdict("failed") == .tooFew)
  }

  @Test func anImageCountsOnce() throws {
    let images = try records(0..<3)
    let failed = try record(
      #"{"status":"error","path":"0.jpg","error":{"code":"io_error","message":"","stage":"read"},"schema":"imgrec/1"}"#)
    let pages = try (1...2).map { page in
      try record(#"{"schema":"imgrec/1","path":"a.tif","page":\#(page),"pages":2,"status":"ok"}"#)
    }
    var profile = DriftProfile()
    var added: [Bool] = []
    for record in [failed, failed] + images + images + [failed] + pages { added.append(profile.add(record)) }
    #expect(added == [false, false, true, true, true, false, false, false, false, true, true])
    #expect(profile.images == 5)
    #expect(profile.facts.failed == 0)
    #expect(profile.facts.results.counts == ["ok": 5])
    #expect(profile.repeated == 6)
  }

  @Test func answersOfOtherModelsAreNamed() throws {
    var made = MadeRecords()
    var (before, now) = (DriftProfile(), DriftProfile())
    before.add(try record(made.record(1)))
    now.add(try record(made.record(1, model: "other@2")))
    let foreign = now.foreignModels(before)
    #expect(foreign.map(\.task) == [.classify])
    #expect(foreign.map(\.models) == [["other@2"]])
    #expect(foreign.map(\.baseline) == [["m@1"]])
    #expect(before.foreignModels(before).isEmpty)
  }

  @Test func aNewEngineOfTheSameScoresIsNoDrift() throws {
    // The fourth digit of each score differs, so that no record is the same.
    var made = MadeRecords()
    let lines = (0..<200).map { made.record($0) }
    let plain = try lines.map(record)
    let moved = try lines.map { line in
      var record = try record(line)
      record.engines = ["classify": "openvino"]
      guard case .labels(var labels) = record.answers[0].findings else { return record }
      labels[0].score *= 0.9999
      record.answers[0].findings = .labels(labels)
      return record
    }
    let result = compare(plain, moved)
    #expect(result.verdict == .stable)
    let named = try lines.map { line in
      var record = try record(line)
      record.engines = ["classify": "opencv"]
      return record
    }
    #expect(compare(named, moved).notes.count { $0.contains("ran on opencv before, and on openvino now") } == 1)
  }

  @Test func measuresCanBeIgnored() throws {
    let run = try records(0..<60)
    let result = compare(run, run, ignoring: ["quality", "detect.count", "aspects"])
    let names = result.measures.map(\.name)
    #expect(!names.contains("quality.brightness"))
    #expect(!names.contains("detect.count"))
    #expect(names.contains("detect.label"))
    #expect(result.notes == ["no measure has the name aspects"])
  }

  @Test func aTaskOfOneRunIsNoted() throws {
    let bare = try (0..<60).map { try record(#"{"schema":"imgrec/1","path":"\#($0)","status":"ok"}"#) }
    let result = compare(bare, try records(0..<60))
    #expect(result.notes.contains("classify is in the records only: not compared"))
    #expect(result.verdict("failed") == .stable)
  }
}

@Suite struct HardCandidatesTests {
  private func image(_ name: Int, _ labels: [(String, Double)]) -> String {
    let list = labels.map { "{\"label\":\"\($0.0)\",\"id\":1,\"score\":\($0.1)}" }.joined(separator: ",")
    return
      #"{"schema":"imgrec/1","path":"\#(name).jpg","status":"ok","width":\#(100 + name),"height":100,"classify":[\#(list)]}"#
  }

  private func picks(_ lines: [String], _ count: Int) throws -> [HardImage] {
    var (baseline, now) = (DriftProfile(), DriftProfile())
    for line in lines { baseline.add(try record(line)) }
    var candidates = HardCandidates(count, baseline: baseline)
    for line in lines {
      let record = try record(line)
      now.add(record)
      Array(line.utf8).withUnsafeBufferPointer { candidates.add(record, $0) }
    }
    return candidates.picks(now) { _ in true }
  }

  @Test func takesTheUnsureTheUnlikeAndTheRare() throws {
    // 500 sure cats, of which 20 are not sure; one lynx and one puma.
    var lines = (0..<500).map { index in
      image(index % 50, index < 20 ? [("cat", 0.4), ("dog", 0.39)] : [("cat", 0.9), ("dog", 0.05)])
        .replacing("\"path\":\"\(index % 50).jpg\"", with: "\"path\":\"\(index).jpg\"")
    }
    lines.append(image(9000, [("cat", 0.9), ("dog", 0.05)]))
    lines.append(image(9, [("lynx", 0.95), ("dog", 0.01)]).replacing("9.jpg", with: "lynx.jpg"))
    lines.append(image(8, [("puma", 0.95), ("dog", 0.01)]).replacing("8.jpg", with: "puma.jpg"))
    let picks = try picks(lines.shuffled(), 8)
    #expect(picks.count == 8)
    #expect(Set(picks.filter { $0.reason == .rare }.map(\.label)) == ["lynx", "puma"])
    #expect(picks.count { $0.reason == .unsure } == 4)
    let unlike = picks.filter { $0.reason == .unlike }
    #expect(unlike.contains { String(decoding: $0.json, as: UTF8.self).contains("9000.jpg") })
    #expect(Set(picks.map { String(decoding: $0.json, as: UTF8.self) }).count == 8, "no image twice")
  }

  @Test func oneLabelLeavesRoomForOthers() throws {
    // The least sure are all cats.
    var lines = (0..<100).map { image($0, [("cat", 0.4), ("dog", 0.399)]) }
    for index in 100..<140 { lines.append(image(index, [("l\(index % 10)", 0.6), ("dog", 0.3)])) }
    let picks = try picks(lines, 32)
    let unsure = picks.filter { $0.reason == .unsure }
    // Of the half that is its part; there are no rare labels, so that it has more.
    #expect(unsure.prefix(16).count { $0.label == "cat" } == 2)
    #expect(unsure.count == 24)
  }

  @Test func takesAllOfFew() throws {
    let lines = (0..<5).map { image($0, [("cat", 0.9)]) }
    #expect(try picks(lines, 50).count == 5)
    #expect(try picks(lines, 1).count == 1)
  }

  @Test func doubt() throws {
    func value(_ json: String) throws -> Double? {
      Doubt(try record(#"{"schema":"imgrec/1","path":"a","status":"ok",\#(json)}"#))?.value
    }
    // In any order, as jq may leave them.
    let labels = #""classify":[{"label":"b","score":0.2},{"label":"a","score":0.7}]"#
    #expect(abs(try #require(try value(labels)) - 0.5) < 1e-6)
    #expect(abs(try #require(try value(#""classify":[{"label":"b","score":0.7}]"#)) - 0.3) < 1e-6)
    let faces = #""faces":[{"score":0.9,"box":[1,1,1,1]},{"score":0.6,"box":[1,1,1,1]}]"#
    #expect(abs(try #require(try value(faces)) - 0.4) < 1e-6)
    #expect(try value(#""faces":[]"#) == nil)
    #expect(try value(#""text":[{"score":0.1,"quad":[[0,0],[1,0],[1,1],[0,1]]}]"#) == nil)
  }

  /// A record with a vector, and a digest of its own unless one is given.
  private func vector(_ name: String, _ values: [Float], digest: String? = nil) throws -> StoredRecord {
    var bytes: [UInt8] = []
    for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
    let text = Data(bytes).base64EncodedString()
    return try record(
      #"{"schema":"imgrec/1","path":"\#(name)","status":"ok","digest":"sha256:\#(digest ?? name)","#
        + #""embed":{"dim":\#(values.count),"values":"\#(text)"}}"#)
  }

  @Test func vectorsDecideWhatIsUnlike() throws {
    var baseline = DriftProfile()
    for index in 0..<20 { baseline.add(try vector("\(index)", [1, Float(index) / 100, 0])) }
    let novelty = Novelty(baseline)
    let near = try #require(novelty.value(of: try vector("a", [2, 0.1, 0])))
    let far = try #require(novelty.value(of: try vector("b", [0, 0, 3])))
    #expect(near.value < 0.001)
    #expect(abs(far.value - 1) < 1e-6)
    #expect(novelty.value(of: try vector("c", [1, 2])) == nil, "of another length")
    #expect(novelty.value(of: try vector("d", [0, 0, 0])) == nil)
  }

  @Test func noPictureIsTakenTwice() throws {
    let bare = try record(#"{"schema":"imgrec/1","path":"e","status":"ok"}"#)
    var images = DistinctImages()
    var added: [Bool] = []
    for record in [
      try vector("a", [1, 0, 0]), try vector("the same file", [0, 1, 0], digest: "a"),
      try vector("nearly the same picture", [5, 0.1, 0]), try vector("d", [1, 1, 0]), bare, bare,
    ] {
      added.append(images.add(record))
    }
    // Nothing distinguishes the last two.
    #expect(added == [true, false, false, true, true, true])
  }

  @Test func failuresAndLaterPagesAreNotTaken() throws {
    let lines = [
      #"{"schema":"imgrec/1","path":"a.tif","page":1,"status":"ok","classify":[{"label":"cat","score":0.5}]}"#,
      #"{"schema":"imgrec/1","path":"a.tif","page":2,"status":"ok","classify":[{"label":"dog","score":0.5}]}"#,
      #"{"schema":"imgrec/1","path":"b.jpg","status":"error","error":{"stage":"read","code":"io_error","message":""}}"#,
    ]
    let picks = try picks(lines, 5)
    #expect(picks.map { String(decoding: $0.json, as: UTF8.self) } == [lines[0]])
  }
}
