import ModelLibrary
import Recognition
import Records

/// How the answers of an INT8 network differ from those of the network in f32, on images that did not calibrate.
struct QuantisationReport {
  let model: LoadedModel
  let engine: EngineKind
  let calibrated: Int
  private(set) var images = 0
  /// Images per second of the network alone, in f32 and in int8.
  var rates: (f32: Double, int8: Double) = (0, 0)

  /// Answers that are the same, of how many: images by their first class, boxes, or the sum of cosines.
  private(set) var same = 0.0
  private(set) var count = 0
  /// The same of the images whose first class has a score over 0.5.
  private(set) var sureSame = 0
  private(set) var sure = 0
  /// Right answers in f32 and in int8, of the images whose class is known.
  private(set) var right = (f32: 0, int8: 0)
  private(set) var known = 0

  /// A tenth of other answers is more than the speed is worth to most.
  private static let poor = 0.9

  init(model: LoadedModel, engine: EngineKind, calibrated: Int) {
    (self.model, self.engine, self.calibrated) = (model, engine, calibrated)
  }

  /// Adds an image's answers: `reference` in f32, `answer` in int8. `truth` is the index of its right class.
  mutating func add(_ reference: Findings, _ answer: Findings, truth: Int?) {
    images += 1
    switch (reference, answer) {
    case (.labels(let a), .labels(let b)):
      guard let first = a.first, let other = b.first else { return }
      let isSame = first.id == other.id
      count += 1
      same += isSame ? 1 : 0
      if first.score > 0.5 {
        sure += 1
        sureSame += isSame ? 1 : 0
      }
      guard let truth else { return }
      known += 1
      right.f32 += first.id == truth ? 1 : 0
      right.int8 += other.id == truth ? 1 : 0
    case (.embedding(let a), .embedding(let b)):
      count += 1
      same += Self.cosine(a, b)
    case (.detections, .detections), (.segments, .segments):
      let (a, b) = (reference.objects, answer.objects)
      count += a.count + b.count
      same += Double(2 * Self.matches(a, b))
    case (.measures, _), (.codes, _), (.upscaled, _), (.labels, _), (.embedding, _), (.detections, _), (.segments, _):
      return
    }
  }

  /// Number of pairs of one class whose boxes overlap by half, each object in one pair.
  private static func matches(_ a: [FoundObject], _ b: [FoundObject]) -> Int {
    var left = b
    return a.count { object in
      let index = left.firstIndex { $0.id == object.id && $0.box.iou(object.box) >= 0.5 }
      if let index { left.remove(at: index) }
      return index != nil
    }
  }

  private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
    let product = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let lengths = [a, b].map { $0.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }
    return lengths[0] * lengths[1] > 0 ? product / (lengths[0] * lengths[1]) : 0
  }

  var agreement: Double { count == 0 ? 1 : same / Double(count) }

  /// What to look at before the network is used; nil if its answers are those in f32.
  var warning: String? {
    let share = sure > 0 ? Double(sureSame) / Double(sure) : agreement
    return share >= Self.poor
      ? nil : "int8 changes more than a tenth of the answers: look at what it costs before you use it"
  }

  func text(path: String, bytes: Int) -> String {
    var lines = [
      path,
      "\(ModelStore.size(bytes)), in f32 \(ModelStore.size(model.networkBytes))",
      "calibrated on \(calibrated) images, compared on \(images) others on \(engine.rawValue)",
    ]
    func share(_ part: Double, _ whole: Int) -> String {
      whole == 0 ? "-" : "\((part / Double(whole) * 1000).rounded() / 1000)"
    }
    switch model.card.head.answers {
    case .labels:
      lines.append(
        "same first class  \(share(same, count)), where its score is over 0.5 \(share(Double(sureSame), sure)) (\(sure) images)"
      )
    case .embedding: lines.append("mean cosine  \(share(same, count))")
    case .detections, .segments: lines.append("same objects  \(share(same, count)) of \(count)")
    case .measures, .codes, .upscaled: break
    }
    if known > 0 {
      lines.append(
        "right first class of \(known)  f32 \(share(Double(right.f32), known)), int8 \(share(Double(right.int8), known))"
      )
    }
    func rate(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    lines.append(
      "network alone  f32 \(rate(rates.f32)), int8 \(rate(rates.int8)) images/s"
        + (rates.f32 > 0 ? ": \(rate(rates.int8 / rates.f32)) times as fast" : ""))
    return lines.joined(separator: "\n")
  }

  func json(path: String, bytes: Int) -> String {
    var json = JSONWriter()
    func real(_ name: String, _ value: Double) {
      json.key(name)
      json.number(value, decimals: 4)
    }
    func whole(_ name: String, _ value: Int) {
      json.key(name)
      json.number(value)
    }
    json.beginObject()
    json.key("schema")
    json.string("imgrec-quantise/1")
    json.key("model")
    json.string(model.reference)
    json.key("path")
    json.string(path)
    json.key("engine")
    json.string(engine.rawValue)
    whole("bytes", bytes)
    whole("calibrated", calibrated)
    whole("compared", images)
    real("agreement", agreement)
    if sure > 0 { real("agreement_over_half", Double(sureSame) / Double(sure)) }
    if known > 0 {
      whole("labelled", known)
      real("right_f32", Double(right.f32) / Double(known))
      real("right_int8", Double(right.int8) / Double(known))
    }
    real("images_per_second_f32", rates.f32)
    real("images_per_second_int8", rates.int8)
    json.endObject()
    return json.out.text
  }
}
