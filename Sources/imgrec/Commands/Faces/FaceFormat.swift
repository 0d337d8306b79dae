import ArgumentParser
import Outputs
import Platform
import Recognition

/// The formats of faces. `tsv` and `table` have one line per face; the others are those of `scan`.
enum FaceFormat: String, ExpressibleByArgument, ListingFormat {
  case jsonl, json, csv, tsv, table, paths

  static let filed = FaceFormat.jsonl
  static let piped = FaceFormat.tsv

  /// Whether images that fail have a line or a record.
  var showsFailures: Bool {
    switch self {
    case .jsonl, .json, .csv, .table: true
    case .tsv, .paths: false
    }
  }

  /// The sink that writes the faces in the order of the images. `groups`: the names are those of `faces cluster`, and
  /// begin the lines.
  func sink(_ output: ByteOutput, print0: Bool, groups: Bool) throws(SetupError) -> any Sink {
    switch self {
    case .jsonl: try OutputFormat.jsonl.makeSink(SinkContext(output: output))
    case .json: try OutputFormat.json.makeSink(SinkContext(output: output))
    case .csv: try OutputFormat.csv.makeSink(SinkContext(output: output))
    case .paths: NamedFaces(next: PathsSink(output, nulTerminated: print0))
    case .tsv: FaceLines(output, groups: groups)
    case .table: FaceTable(output, groups: groups)
    }
  }
}

/// Leaves out the faces without a name.
private final class NamedFaces: Sink {
  private let next: any Sink

  init(next: any Sink) { self.next = next }

  func write(_ outcome: Outcome) throws(SinkError) {
    try next.write(outcome.with(faces: outcome.faces.filter { $0.identity != nil }))
  }

  func flush() throws(SinkError) { try next.flush() }
  func finish() throws(SinkError) { try next.finish() }
}

/// One line per face: path, name, distance and box, separated by tabs; name and distance are "-" without a match. With
/// `groups` the name begins the line.
private final class FaceLines: Sink {
  private let output: ByteOutput
  private let groups: Bool

  init(_ output: ByteOutput, groups: Bool) { (self.output, self.groups) = (output, groups) }

  func write(_ outcome: Outcome) throws(SinkError) {
    for face in outcome.faces {
      let name = face.identity?.name ?? "-"
      let distance = face.identity.map { "\((Double($0.distance) * 1000).rounded() / 1000)" } ?? "-"
      let box = face.box.text
      // A tab or a line break would be taken for the end of a field.
      let path = outcome.path.bytes.map { Self.separators.contains($0) ? UInt8(ascii: " ") : $0 }
      let fields =
        groups
        ? [Array(name.utf8), path, Array("-".utf8), Array("-".utf8), Array(box.utf8)]
        : [path, Array(TerminalText.escaped(name).utf8), Array(distance.utf8), Array(box.utf8)]
      try output.write(text: Array(fields.joined(separator: [UInt8(ascii: "\t")])) + [UInt8(ascii: "\n")])
    }
  }

  func flush() throws(SinkError) { try output.flush() }
  func finish() throws(SinkError) { try output.finish() }

  private static let separators = Array("\t\n\r".utf8)
}

/// A table for people: one line per face, and one for an image without a face or that failed.
private final class FaceTable: Sink {
  private let output: ByteOutput
  private let table: ColumnTable
  private let groups: Bool
  private var group = ""

  init(_ output: ByteOutput, groups: Bool) {
    self.output = output
    self.groups = groups
    let path = (title: "PATH", width: ColumnTable.Width.share(3, most: 60, keepsEnds: true))
    let box = (title: "FACE (X,Y,W,H)", width: ColumnTable.Width.fixed(19))
    let distance = (title: "DISTANCE", width: ColumnTable.Width.fixed(8))
    table = ColumnTable(
      output,
      columns: groups
        ? [(title: "PERSON", width: .fixed(11)), distance, box, path]
        : [path, box, distance, (title: "NAME", width: .share(2, most: 60, keepsEnds: false))])
  }

  func write(_ outcome: Outcome) throws(SinkError) {
    let path = outcome.path.description
    if groups {
      for face in outcome.faces {
        guard let person = face.identity else { continue }
        // Said once for the lines of a person.
        let name = person.name == group ? "" : person.name
        group = person.name
        try table.write([name, Self.decimals(person.distance), face.box.text, path])
      }
      return
    }
    if let failure = outcome.failure {
      return try table.write([path, "\(failure.code.rawValue): \(failure.message)"], isFault: true)
    }
    if outcome.faces.isEmpty { try table.write([path, "no face"]) }
    for face in outcome.faces {
      try table.write([
        path, face.box.text, face.identity.map { Self.decimals($0.distance) } ?? "",
        face.identity?.name ?? "unknown",
      ])
    }
  }

  func flush() throws(SinkError) { try output.flush() }
  func finish() throws(SinkError) { try output.finish() }

  /// With three decimals.
  private static func decimals(_ value: Float) -> String {
    let thousandths = String(Int((Double(value) * 1000).rounded()))
    let padded = String(repeating: "0", count: max(0, 4 - thousandths.count)) + thousandths
    return "\(padded.dropLast(3)).\(padded.suffix(3))"
  }
}

extension Box {
  /// As "178,63,90,113", in whole pixels.
  fileprivate var text: String { [x, y, width, height].map { "\(Int($0.rounded()))" }.joined(separator: ",") }
}
