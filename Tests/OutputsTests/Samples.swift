import XCTest

@testable import Outputs
@testable import Platform
@testable import Recognition
@testable import Records

/// Records for every test here.
enum Samples {
  static func facts() -> ImageFacts {
    var facts = ImageFacts()
    facts.digest = (0..<32).map { UInt8($0) }
    facts.bytes = 81234
    facts.format = .jpeg
    facts.size = PixelSize(width: 3024, height: 4032)
    facts.orientation = .rotated90
    return facts
  }

  static func classified() -> Outcome {
    let labels = [Label(label: "tabby", id: 281, score: 0.93), Label(label: "tiger cat", id: 282, score: 0.000_123_4)]
    var outcome = Outcome(
      index: 0, path: RawPath("a/b.jpg"),
      result: .success([Answer(task: .classify, model: "mobilenet_v2@9f2c61d0", findings: .labels(labels))]),
      cache: .miss)
    outcome.facts = facts()
    outcome.timings.read = 0.4
    outcome.timings.decode = 3.1049
    outcome.timings.wait = 2
    outcome.timings.infer = 8.705
    return outcome
  }

  static func faces() -> Outcome {
    let face = Detection(
      score: 0.5, box: Box(x: 1.25, y: -0.01, width: 10, height: 20.06), landmarks: [Point(x: 3, y: 4.5)])
    let named = Detection(label: "a, \"b\"", text: "x\ny", score: 1, box: Box(x: 0, y: 0, width: 1, height: 1))
    var outcome = Outcome(
      index: 1, path: RawPath([0x61, 0xff, 0x2e, 0x6a]),
      result: .success([
        Answer(task: .classify, model: "m@0", findings: .labels([])),
        Answer(task: .faces, model: "yunet@8f2383e4", findings: .detections([face, named])),
      ]))
    outcome.warnings = ["jpeg: premature end of data"]
    return outcome
  }

  static func empty() -> Outcome {
    Outcome(
      index: 2, path: RawPath("none.png"),
      result: .success([Answer(task: .faces, model: "yunet@8f2383e4", findings: .detections([]))]), cache: .hit)
  }

  static func failed() -> Outcome {
    var outcome = Outcome(
      index: 3, path: RawPath("esc\u{1b}[2J\n.jpg"),
      result: .failure(Failure(.decode, .truncated, "ends early, \"x\"")))
    outcome.facts.bytes = 12
    outcome.facts.format = .jpeg
    return outcome
  }

  static var all: [Outcome] { [classified(), faces(), empty(), failed()] }
}

/// Returns the text that `body` writes into a file.
func written(_ body: (ByteOutput) throws -> Void) throws -> String {
  let path = temporaryPath()
  defer { unlink(path) }
  let output = ByteOutput(try outputFile(path))
  try body(output)
  return try String(contentsOfFile: path, encoding: .utf8)
}

/// Opens `path` as a run without inputs would.
func outputFile(
  _ path: String, kind: OutputKind = .records, resuming: Bool = false, overwrites: Bool = true
) throws -> OutputFile {
  var files = OutputFiles(inputs: InputFiles(), overwrites: overwrites)
  return try files.open(RawPath(path), flag: "-o", kind: kind, resuming: resuming)
}

func temporaryPath() -> String { "\(NSTemporaryDirectory())imgrec-\(UUID().uuidString)" }

func record(_ outcome: Outcome) -> String {
  var json = JSONWriter()
  RecordWriter.write(outcome, to: &json)
  return json.out.text
}
