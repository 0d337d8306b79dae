import Platform
import Recognition

/// hOCR 1.2 (kba.github.io/hocr-spec): one document with a page for each image. Each piece of a row that was found is one
/// `ocrx_word`, since its box is known and those of the words in it are not.
public final class HOCRSink: Sink {
  private let output: ByteOutput
  private let version: String
  private var pages = 0
  private var lines = 0
  private var words = 0

  public init(_ output: ByteOutput, version: String) {
    self.output = output
    self.version = version
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard let size = outcome.facts.size, outcome.failure == nil else { return }
    try begin()
    pages += 1
    var title = "image \"\(outcome.path)\"; bbox 0 0 \(size.width) \(size.height); ppageno \(pages - 1)"
    if let page = outcome.page { title += "; scan_page \(page.number)" }
    var text = "  <div class=\"ocr_page\" id=\"page_\(pages)\" title=\"\(Self.escaped(title))\">\n"
    for row in ReadText.rows(of: outcome) {
      lines += 1
      let box = Self.box(row)
      text += "   <span class=\"ocr_line\" id=\"line_\(lines)\" title=\"\(box)\(Self.angle(of: row))\">"
      text += row.map(word).joined(separator: " ") + "</span>\n"
    }
    try output.write(text: Array((text + "  </div>\n").utf8))
  }

  public func flush() throws(SinkError) { try output.flush() }

  public func finish() throws(SinkError) {
    try begin()
    try output.write(text: Array(" </body>\n</html>\n".utf8))
    try output.finish()
  }

  private var hasBegun = false

  private func begin() throws(SinkError) {
    guard !hasBegun else { return }
    hasBegun = true
    let head = """
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
      <html xmlns="http://www.w3.org/1999/xhtml">
       <head>
        <title></title>
        <meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
        <meta name="ocr-system" content="imgrec \(version)" />
        <meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word" />
       </head>
       <body>

      """
    try output.write(text: Array(head.utf8))
  }

  private func word(_ detection: Detection) -> String {
    words += 1
    let confidence = Int((100 * detection.score).rounded())
    return "<span class=\"ocrx_word\" id=\"word_\(words)\" title=\"\(Self.box([detection])); x_wconf \(confidence)\">"
      + Self.escaped(detection.text ?? "") + "</span>"
  }

  private static func box(_ row: [Detection]) -> String {
    let left = row.map(\.box.x).min() ?? 0
    let top = row.map(\.box.y).min() ?? 0
    let right = row.map { $0.box.x + $0.box.width }.max() ?? 0
    let bottom = row.map { $0.box.y + $0.box.height }.max() ?? 0
    return "bbox " + [left, top, right, bottom].map { "\(Int($0.rounded()))" }.joined(separator: " ")
  }

  /// The direction of reading, counter-clockwise in degrees, of a line that does not run from the left to the right.
  private static func angle(of row: [Detection]) -> String {
    guard let line = row.first, line.box.height >= 1.5 * line.box.width, line.quad.count == 4 else { return "" }
    // A standing line is read along its second side: downwards, unless it was rotated.
    return line.quad[2].y > line.quad[1].y ? "; textangle 270" : "; textangle 90"
  }

  /// Text for XML, in which control characters have no form.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default:
        let isControl = scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF
        result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }
}
