import Recognition

/// Reads the findings of a record, for outputs that are not JSON.
public enum FindingsReader {
  /// The findings in `json`; nil if they are not of the kind `kind`, or of one that costs more to read back than to
  /// recognise again.
  public static func findings(_ json: [UInt8], kind: FindingsKind) -> Findings? {
    json.withUnsafeBufferPointer { bytes in
      var json = JSONReader(bytes)
      switch kind {
      case .labels: return list(&json, label).map(Findings.labels)
      case .detections: return list(&json, detection).map(Findings.detections)
      case .measures: return measures(&json).map(Findings.measures)
      case .segments, .embedding, .upscaled: return nil
      }
    }
  }

  private static func list<Element>(_ json: inout JSONReader, _ element: (inout JSONReader) -> Element?) -> [Element]? {
    guard json.take("[") else { return nil }
    var list: [Element] = []
    if json.take("]") { return list }
    repeat {
      guard let next = element(&json) else { return nil }
      list.append(next)
    } while json.take(",")
    return json.take("]") ? list : nil
  }

  private static func label(_ json: inout JSONReader) -> Label? {
    guard json.take("{\"label\":"), let label = json.string(), json.take(",\"id\":"), let id = json.int(),
      json.take(",\"score\":"), let score = json.number(), json.take("}")
    else { return nil }
    return Label(label: label, id: id, score: Float(score))
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

  private static func points(_ json: inout JSONReader) -> [Point]? {
    guard let points = list(&json, { list(&$0, { $0.number() }) }), points.allSatisfy({ $0.count == 2 }) else {
      return nil
    }
    return points.map { Point(x: Float($0[0]), y: Float($0[1])) }
  }

  private static func detection(_ json: inout JSONReader) -> Detection? {
    guard json.take("{") else { return nil }
    var found = Detection(score: 0, box: Box(x: 0, y: 0, width: 0, height: 0))
    repeat {
      guard let key = json.string(), json.take(":") else { return nil }
      switch key {
      case "label": found.label = json.string()
      case "id":
        guard let id = json.int(), id >= 0 else { return nil }
        found.id = id
      case "text": found.text = json.string()
      case "score":
        guard let score = json.number() else { return nil }
        found.score = Float(score)
      case "box":
        guard let box = list(&json, { $0.number() }), box.count == 4 else { return nil }
        found.box = Box(x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3]))
      case "landmarks":
        guard let points = points(&json) else { return nil }
        found.landmarks = points
      case "quad":
        guard let quad = points(&json), let first = quad.first else { return nil }
        found.quad = quad
        found.box = quad.reduce(into: Box(x: first.x, y: first.y, width: 0, height: 0)) { box, point in
          box = Box(
            left: min(box.x, point.x), top: min(box.y, point.y), right: max(box.x + box.width, point.x),
            bottom: max(box.y + box.height, point.y))
        }
      case "identity": found.identity = Identity(name: json.string() ?? "", distance: found.identity?.distance ?? 0)
      case "distance":
        guard let distance = json.number() else { return nil }
        found.identity?.distance = Float(distance)
      default: guard json.skip() else { return nil }
      }
    } while json.take(",")
    return json.take("}") ? found : nil
  }
}
