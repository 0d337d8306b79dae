import Foundation
import Recognition

/// The things with boxes in a record, as annotation formats want them. Classes go by their place in `names`; those that
/// are not there are put behind.
struct LabelledObjects {
  var names: [String]

  mutating func id(of name: String) -> Int {
    if let id = names.firstIndex(of: name) { return id }
    names.append(name)
    return names.count - 1
  }

  typealias Thing = (name: String, box: Box, score: Float, mask: RunLengthMask?)

  static func things(in outcome: Outcome) -> [Thing] {
    guard case .success(let answers) = outcome.result else { return [] }
    return answers.flatMap { answer -> [Thing] in
      switch answer.findings {
      case .detections(let things):
        return things.map { ($0.label ?? $0.identity?.name ?? answer.task.rawValue, $0.box, $0.score, nil) }
      case .segments(let segments): return segments.map { ($0.label, $0.box, $0.score, $0.mask) }
      case .labels, .embedding, .measures, .upscaled: return []
      }
    }
  }
}
