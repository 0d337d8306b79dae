import Recognition

/// Reads the findings of a record, for outputs that are not JSON. What no run writes is refused: scores that are no
/// probabilities, coordinates and counts that no picture has.
public enum FindingsReader {
  /// Coordinates beyond this many pixels are those of no picture.
  private static let maxCoordinate = 1e8
  /// Number of classes of a network.
  private static let maxClasses = 1_000_000

  /// The findings in `json`; nil if they are not of the kind `kind`, or of one that costs more to read back than to
  /// recognise again.
  public static func findings(_ json: [UInt8], kind: FindingsKind) -> Findings? {
    json.withUnsafeBufferPointer { bytes in
      var json = JSONReader(bytes)
      let found: Findings? =
        switch kind {
        case .labels: list(&json, label).map(Findings.labels)
        case .detections: list(&json, detection).map(Findings.detections)
        case .measures: measures(&json).map(Findings.measures)
        case .codes: list(&json, code).map(Findings.codes)
        case .segments, .embedding, .upscaled: nil
        }
      return json.isAtEnd ? found : nil
    }
  }

  /// Whether `json` is what a run writes for findings of the kind `kind`.
  public static func isSound(_ json: [UInt8], kind: FindingsKind) -> Bool {
    switch kind {
    case .labels, .detections, .measures, .codes: return findings(json, kind: kind) != nil
    case .segments, .embedding, .upscaled:
      return json.withUnsafeBufferPointer { bytes in
        var json = JSONReader(bytes)
        let isSound =
          switch kind {
          case .segments: list(&json) { StoredSegment(&$0) } != nil
          case .embedding: StoredEmbedding(&json) != nil
          case .labels, .detections, .measures, .codes, .upscaled: json.skip()
          }
        return isSound && json.isAtEnd
      }
    }
  }

  /// The vector of cached findings; nil if they hold none.
  public static func vector(_ json: [UInt8]) -> [Float]? {
    json.withUnsafeBufferPointer { bytes in
      var json = JSONReader(bytes)
      guard json.take("{\"dim\":"), json.int() != nil, json.take(",\"values\":"), let text = json.string() else {
        return nil
      }
      return Base64.decode(text).flatMap([Float].init(littleEndianBytes:))
    }
  }

  static func list<Element>(_ json: inout JSONReader, _ element: (inout JSONReader) -> Element?) -> [Element]? {
    guard json.take("[") else { return nil }
    var list: [Element] = []
    if json.take("]") { return list }
    repeat {
      guard let next = element(&json) else { return nil }
      list.append(next)
    } while json.take(",")
    return json.take("]") ? list : nil
  }

  static func score(_ json: inout JSONReader) -> Float? { number(&json, in: 0...1).map(Float.init) }

  static func classIndex(_ json: inout JSONReader) -> Int? {
    json.int().flatMap { (0..<maxClasses).contains($0) ? $0 : nil }
  }

  private static func number(_ json: inout JSONReader, in range: ClosedRange<Double>) -> Double? {
    json.number().flatMap { range.contains($0) ? $0 : nil }
  }

  private static func coordinate(_ json: inout JSONReader) -> Double? {
    number(&json, in: -maxCoordinate...maxCoordinate)
  }

  static func box(_ json: inout JSONReader) -> Box? {
    guard let box = list(&json, coordinate), box.count == 4, box[2] >= 0, box[3] >= 0 else { return nil }
    return Box(x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3]))
  }

  private static func label(_ json: inout JSONReader) -> Label? {
    guard json.take("{\"label\":"), let label = json.string(), json.take(",\"id\":"), let id = classIndex(&json),
      json.take(",\"score\":"), let score = score(&json), json.take("}")
    else { return nil }
    return Label(label: label, id: id, score: score)
  }

  private static func code(_ json: inout JSONReader) -> OpticalCode? {
    guard json.take("{\"text\":"), let text = json.string() else { return nil }
    var bytes: [UInt8] = []
    if json.take(",\"text_bytes\":") {
      guard let stored = json.string().flatMap(Base64.decode) else { return nil }
      bytes = stored
    }
    guard json.take(",\"format\":"), let format = json.string() else { return nil }
    // It follows from the text.
    if json.take(",\"isbn\":"), json.string() == nil { return nil }
    guard json.take(",\"quad\":"), let quad = points(&json), quad.count == 4, json.take("}") else { return nil }
    return OpticalCode(text: text, bytes: bytes, format: format, quad: quad)
  }

  private static func measures(_ json: inout JSONReader) -> [Measure]? {
    guard json.take("{") else { return nil }
    var found: [Measure] = []
    if json.take("}") { return found }
    repeat {
      guard let name = json.string(), json.take(":"), let value = json.number() else { return nil }
      found.append(Measure(name, value))
    } while json.take(",")
    return json.take("}") ? found : nil
  }

  static func points(_ json: inout JSONReader) -> [Point]? {
    guard let points = list(&json, { list(&$0, coordinate) }), points.allSatisfy({ $0.count == 2 }) else {
      return nil
    }
    return points.map { Point(x: Float($0[0]), y: Float($0[1])) }
  }

  static func detection(_ json: inout JSONReader) -> Detection? {
    guard json.take("{") else { return nil }
    var found = Detection(score: -1, box: Box(x: 0, y: 0, width: -1, height: 0))
    repeat {
      guard let key = json.string(), json.take(":"), read(key, of: &found, &json) else { return nil }
    } while json.take(",")
    // A score and a box or a quadrilateral are always there.
    return json.take("}") && found.score >= 0 && found.box.width >= 0 ? found : nil
  }

  /// Reads the value of `key`; false if it is none.
  private static func read(_ key: String, of found: inout Detection, _ json: inout JSONReader) -> Bool {
    switch key {
    case "label":
      guard let label = json.string() else { return false }
      found.label = label
    case "id":
      guard let id = classIndex(&json) else { return false }
      found.id = id
    case "text":
      guard let text = json.string() else { return false }
      found.text = text
    case "score":
      guard let score = score(&json) else { return false }
      found.score = score
    case "box":
      guard let box = box(&json) else { return false }
      found.box = box
    case "landmarks":
      guard let points = points(&json) else { return false }
      found.landmarks = points
    case "quad":
      guard let quad = points(&json), !quad.isEmpty else { return false }
      (found.quad, found.box) = (quad, Box(around: quad))
    case "identity":
      guard let name = json.string() else { return false }
      found.identity = Identity(name: name, distance: found.identity?.distance ?? 0)
    case "distance":
      // 1 - cosine, which rounding may make a little less than 0.
      guard let distance = number(&json, in: -0.01...2.01) else { return false }
      found.identity?.distance = Float(distance)
    case "age_score", "gender_score": return score(&json) != nil
    default: return json.skip()
    }
    return true
  }
}
