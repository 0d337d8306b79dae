import Platform
import Recognition

/// The text of each image, a row of the page per line, each image ended by a form feed, as pdftotext ends its pages; an
/// image that failed has an empty page. On a terminal a line with the path stands before each instead.
public final class TextSink: Sink {
  private let output: ByteOutput

  public init(_ output: ByteOutput) { self.output = output }

  public func write(_ outcome: Outcome) throws(SinkError) {
    if output.isTerminal {
      guard outcome.failure == nil else { return }
      let page = outcome.page.map { ", page \($0.number)" } ?? ""
      try output.write(Array("==> \(TerminalText.escaped(outcome.path.description))\(page) <==\n".utf8))
    }
    let lines = ReadText.rows(of: outcome).map { row in row.compactMap(\.text).joined(separator: " ") + "\n" }
    try output.write(text: Array(lines.joined().utf8))
    try output.write(Array((output.isTerminal ? "\n" : "\u{C}").utf8))
  }

  public func flush() throws(SinkError) { try output.flush() }
  public func finish() throws(SinkError) { try output.finish() }
}

/// What was read in an image.
enum ReadText {
  /// The detections with text of all tasks, in rows.
  static func rows(of outcome: Outcome) -> [[Detection]] {
    outcome.answers.flatMap { answer -> [[Detection]] in
      guard case .detections(let detections) = answer.findings else { return [] }
      return TextLines.rows(detections.filter { $0.text?.isEmpty == false })
    }
  }
}
