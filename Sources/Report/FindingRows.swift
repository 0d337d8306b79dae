import Codecs
import Recognition
import Records

/// What a report counts: a label of a task; without a label, the task's findings as such.
struct LabelOfTask: Hashable, Sendable {
  var task: TaskKind
  var label: String?

  /// Number of its colour in the palette of drawings.
  var colour: Int { ClassPalette.index(of: label ?? task.rawValue) }
}

/// The findings of one task for one image, as the page holds them.
struct FindingRows: Sendable {
  var task: TaskKind
  /// Of each finding its label's number and its score in thousandths.
  var rows: [(label: Int32, score: Int16)] = []
  /// Of each finding the text read in it; empty if no finding has one.
  var texts: [String] = []
  /// JSON of each finding's form, with commas between them: 0; a box and its landmarks as whole numbers; corners in an
  /// array of their own; or a box, the size of a mask and the mask.
  var forms: [UInt8] = []
  /// JSON of names and values in turn, of measures.
  var measures: [UInt8] = []

  /// Longest text kept of an image, in characters: pages of a book would fill the report.
  static let maxText = 1000

  init(_ task: TaskKind, _ findings: Findings, _ labels: inout Interner<LabelOfTask>) {
    self.task = task
    var json = JSONWriter()
    json.beginArray()
    func row(_ label: String?, _ score: Float) -> (Int32, Int16) {
      let number = labels.number(of: LabelOfTask(task: task, label: label))
      return (Int32(number), Int16((min(max(score, 0), 1) * 1000).rounded()))
    }
    switch findings {
    case .labels(let found):
      for label in found {
        rows.append(row(label.label, label.score))
        json.number(0)
      }
    case .detections(let found):
      texts = Self.cut(found.map { $0.text ?? "" })
      for detection in found {
        rows.append(row(detection.identity?.name ?? detection.label, detection.score))
        detection.quad.isEmpty
          ? json.form(detection.box, landmarks: detection.landmarks) : json.form(corners: detection.quad)
      }
    case .segments(let found):
      for segment in found {
        rows.append(row(segment.label, segment.score))
        json.form(segment)
      }
    case .codes(let found):
      texts = Self.cut(found.map { code in code.isbn.map { "ISBN \($0)" } ?? code.text })
      for code in found {
        rows.append(row(code.format, 1))
        json.form(corners: code.quad)
      }
    case .measures(let found):
      var list = JSONWriter()
      list.beginArray()
      for measure in found {
        list.string(measure.name)
        list.number(measure.value, decimals: Decimals.measure)
      }
      list.endArray()
      // A copy: the writer's array has room for more.
      measures = found.isEmpty ? [] : Array(list.out.bytes[...])
    case .embedding, .upscaled: break
    }
    json.endArray()
    forms = Array(json.out.bytes.dropFirst().dropLast())
  }

  /// The findings that count: the best of a classification, all others.
  var counted: ArraySlice<(label: Int32, score: Int16)> { task.countsBestOnly ? rows.prefix(1) : rows[...] }

  /// Texts of at most `maxText` characters in all; empty if all are.
  private static func cut(_ texts: [String]) -> [String] {
    guard texts.contains(where: { !$0.isEmpty }) else { return [] }
    var left = maxText
    return texts.map { text in
      let part = text.prefix(left)
      left -= part.count
      return part.count == text.count ? text : part + "…"
    }
  }
}

extension TaskKind {
  /// Whether its findings are alternatives, best first.
  var countsBestOnly: Bool { findingsKind == .labels }
}

extension JSONWriter {
  private mutating func coordinates(_ values: [Float]) { for value in values { number(Int(value.rounded())) } }

  fileprivate mutating func form(_ box: Box, landmarks: [Point]) {
    beginArray()
    coordinates([box.x, box.y, box.width, box.height] + landmarks.flatMap { [$0.x, $0.y] })
    endArray()
  }

  fileprivate mutating func form(corners: [Point]) {
    guard !corners.isEmpty else { return number(0) }
    beginArray()
    beginArray()
    coordinates(corners.flatMap { [$0.x, $0.y] })
    endArray()
    endArray()
  }

  fileprivate mutating func form(_ segment: Segment) {
    // With `--masks` the mask is in a file of its own.
    guard segment.mask.counts.count > 1 else { return form(segment.box, landmarks: []) }
    let mask = SmallMask(segment.mask)
    beginArray()
    form(segment.box, landmarks: [])
    number(mask.size.width)
    number(mask.size.height)
    string(mask.text)
    endArray()
  }
}
