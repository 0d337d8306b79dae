import Recognition

/// Reads findings with their keys in any order, as jq may have sorted them, and without those that a filter removed: only
/// the label or the box of a finding must be there.
enum RecordFindings {
  /// The findings of the kind `kind`; nil if they are none.
  static func read(_ json: inout JSONReader, kind: FindingsKind) -> Findings? {
    switch kind {
    case .labels: FindingsReader.list(&json, label).map(Findings.labels)
    case .detections: FindingsReader.list(&json, FindingsReader.detection).map(Findings.detections)
    case .segments: FindingsReader.list(&json, segment).map(Findings.segments)
    case .embedding: embedding(&json).map(Findings.embedding)
    case .measures: measures(&json).map(Findings.measures)
    case .codes: FindingsReader.list(&json, code).map(Findings.codes)
    case .upscaled: json.skip() ? .measures([]) : nil
    }
  }

  private static func label(_ json: inout JSONReader) -> Label? {
    var found: String?
    var (id, score): (Int, Float) = (-1, 1)
    let isRead = json.object { key, json in
      switch key {
      case "label":
        found = json.string()
        return found != nil
      case "id":
        guard let index = FindingsReader.classIndex(&json) else { return false }
        id = index
      case "score":
        guard let value = FindingsReader.score(&json) else { return false }
        score = value
      default: return json.skip()
      }
      return true
    }
    return isRead ? found.map { Label(label: $0, id: id, score: score) } : nil
  }

  private static func segment(_ json: inout JSONReader) -> Segment? {
    var found = Segment(
      label: "", score: 1, box: Box(x: 0, y: 0, width: -1, height: 0), area: 0,
      mask: RunLengthMask(size: PixelSize(width: 0, height: 0), counts: []))
    let isRead = json.object { key, json in
      switch key {
      case "label":
        guard let label = json.string() else { return false }
        found.label = label
      case "id":
        guard let id = FindingsReader.classIndex(&json) else { return false }
        found.id = id
      case "score":
        guard let score = FindingsReader.score(&json) else { return false }
        found.score = score
      case "box":
        guard let box = FindingsReader.box(&json) else { return false }
        found.box = box
      case "area":
        guard let area = json.int(), area >= 0 else { return false }
        found.area = area
      case "file":
        found.file = json.string()
        return found.file != nil
      case "rle":
        guard let mask = mask(&json) else { return false }
        found.mask = mask
      default: return json.skip()
      }
      return true
    }
    return isRead && !found.label.isEmpty && found.box.width >= 0 ? found : nil
  }

  private static func mask(_ json: inout JSONReader) -> RunLengthMask? {
    var size: [Int] = []
    var counts = ""
    let isRead = json.object { key, json in
      switch key {
      case "size":
        guard let sides = FindingsReader.list(&json, { $0.int() }) else { return false }
        size = sides
      case "counts":
        guard let text = json.string() else { return false }
        counts = text
      default: return json.skip()
      }
      return true
    }
    let sides = 1...Int(Int32.max)
    guard isRead, size.count == 2, sides.contains(size[0]), sides.contains(size[1]) else { return nil }
    return RunLengthMask(size: PixelSize(width: size[1], height: size[0]), compressed: counts)
  }

  private static func embedding(_ json: inout JSONReader) -> [Float]? {
    var vector: [Float] = []
    let isRead = json.object { key, json in
      guard key == "values" else { return json.skip() }
      guard let bytes = json.string().flatMap(Base64.decode), let values = [Float](littleEndianBytes: bytes),
        values.allSatisfy(\.isFinite)
      else { return false }
      vector = values
      return true
    }
    return isRead ? vector : nil
  }

  private static func code(_ json: inout JSONReader) -> OpticalCode? {
    var found = OpticalCode(text: "", format: "", quad: [])
    var hasText = false
    let isRead = json.object { key, json in
      switch key {
      case "text":
        guard let text = json.string() else { return false }
        (found.text, hasText) = (text, true)
      case "text_bytes":
        guard let bytes = json.string().flatMap(Base64.decode) else { return false }
        found.bytes = bytes
      case "format":
        guard let format = json.string() else { return false }
        found.format = format
      case "quad":
        guard let quad = FindingsReader.points(&json) else { return false }
        found.quad = quad
      default: return json.skip()
      }
      return true
    }
    return isRead && hasText ? found : nil
  }

  private static func measures(_ json: inout JSONReader) -> [Measure]? {
    var found: [Measure] = []
    let isRead = json.object { key, json in
      guard let value = json.number() else { return false }
      found.append(Measure(key, value))
      return true
    }
    return isRead ? found : nil
  }
}

extension JSONReader {
  /// Reads an object: calls `body` with each key, and with the reader at its value, unless that is null. False if there
  /// is no object, or if `body` returns false; the reader is then at the value that was not read.
  public mutating func object(_ body: (_ key: String, _ json: inout JSONReader) -> Bool) -> Bool {
    guard take("{") else { return false }
    if take("}") { return true }
    repeat {
      guard let key = string(), take(":") else { return false }
      if take("null") { continue }
      guard body(key, &self) else { return false }
    } while take(",")
    return take("}")
  }

  /// The members of an object with the bytes of their values, in their order; empty if there is no object.
  public mutating func members() -> [(key: String, value: ArraySlice<UInt8>)] {
    var members: [(key: String, value: ArraySlice<UInt8>)] = []
    guard take("{"), !take("}") else { return [] }
    repeat {
      guard let key = string(), take(":"), let value = value() else { return [] }
      members.append((key, value))
    } while take(",")
    return take("}") ? members : []
  }
}
