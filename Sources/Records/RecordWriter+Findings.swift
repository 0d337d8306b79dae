import Platform
import Recognition

// The value of a task's key, as RecordWriter documents it.
extension RecordWriter {
  static func findings(_ findings: Findings, to json: inout JSONWriter) {
    switch findings {
    case .labels(let labels):
      json.beginArray()
      for label in labels {
        json.beginObject()
        json.key("label")
        json.string(label.label)
        json.key("id")
        json.number(label.id)
        score(label.score, to: &json)
        json.endObject()
      }
      json.endArray()
    case .detections(let detections):
      json.beginArray()
      for detection in detections { write(detection, to: &json) }
      json.endArray()
    case .segments(let segments):
      json.beginArray()
      for segment in segments { write(segment, to: &json) }
      json.endArray()
    case .embedding(let vector):
      json.beginObject()
      json.key("dim")
      json.number(vector.count)
      json.key("values")
      json.raw { $0.append(base64: vector.littleEndianBytes) }
      json.endObject()
    case .measures(let measures):
      json.beginObject()
      for measure in measures {
        json.key(measure.name)
        json.number(measure.value, decimals: Decimals.measure)
      }
      json.endObject()
    case .codes(let codes):
      json.beginArray()
      for code in codes { write(code, to: &json) }
      json.endArray()
    case .upscaled(let upscaled): write(upscaled, to: &json)
    }
  }

  private static func write(_ code: OpticalCode, to json: inout JSONWriter) {
    json.beginObject()
    json.key("text")
    json.string(code.text)
    if !code.bytes.isEmpty {
      json.key("text_bytes")
      json.raw { $0.append(base64: code.bytes) }
    }
    json.key("format")
    json.string(code.format)
    if let isbn = code.isbn {
      json.key("isbn")
      json.string(isbn)
    }
    points("quad", code.quad, to: &json)
    json.endObject()
  }

  private static func write(_ segment: Segment, to json: inout JSONWriter) {
    json.beginObject()
    json.key("label")
    json.string(segment.label)
    if let id = segment.id {
      json.key("id")
      json.number(id)
    }
    score(segment.score, to: &json)
    box(segment.box, to: &json)
    json.key("area")
    json.number(segment.area)
    if let file = segment.file {
      json.key("file")
      json.string(file)
      return json.endObject()
    }
    json.key("rle")
    json.beginObject()
    json.key("size")
    json.beginArray()
    json.number(segment.mask.size.height)
    json.number(segment.mask.size.width)
    json.endArray()
    json.key("counts")
    json.string(segment.mask.compressed)
    json.endObject()
    json.endObject()
  }

  private static func write(_ upscaled: Upscaled, to json: inout JSONWriter) {
    json.beginObject()
    if !upscaled.file.bytes.isEmpty {
      json.key("file")
      json.string(repairing: upscaled.file.bytes)
    }
    if upscaled.isKept {
      json.key("kept")
      json.bool(true)
    } else {
      for (key, value) in [("width", upscaled.size.width), ("height", upscaled.size.height)] {
        json.key(key)
        json.number(value)
      }
    }
    json.key("scale")
    json.number(upscaled.scale)
    if !upscaled.isKept {
      json.key("tiles")
      json.number(upscaled.tiles)
    }
    json.endObject()
  }

  private static func write(_ detection: Detection, to json: inout JSONWriter) {
    json.beginObject()
    if let label = detection.label {
      json.key("label")
      json.string(label)
    }
    if let id = detection.id {
      json.key("id")
      json.number(id)
    }
    if let text = detection.text {
      json.key("text")
      json.string(text)
    }
    score(detection.score, to: &json)
    if detection.quad.isEmpty { box(detection.box, to: &json) }
    points("quad", detection.quad, to: &json)
    points("landmarks", detection.landmarks, to: &json)
    if let identity = detection.identity {
      json.key("identity")
      json.string(identity.name)
      json.key("distance")
      json.number(Double(identity.distance), decimals: Decimals.score)
    }
    for (key, trait) in [("age", detection.age), ("gender", detection.gender)] {
      guard let trait else { continue }
      json.key(key)
      json.string(trait.label)
      json.key("\(key)_score")
      json.number(Double(trait.score), decimals: Decimals.score)
    }
    if !detection.vector.isEmpty {
      json.key("vector")
      json.raw { $0.append(base64: detection.vector.littleEndianBytes) }
    }
    json.endObject()
  }

  private static func box(_ box: Box, to json: inout JSONWriter) {
    json.key("box")
    json.beginArray()
    for value in [box.x, box.y, box.width, box.height] { coordinate(value, to: &json) }
    json.endArray()
  }

  /// Omitted if there are none.
  private static func points(_ key: String, _ points: [Point], to json: inout JSONWriter) {
    guard !points.isEmpty else { return }
    json.key(key)
    json.beginArray()
    for point in points {
      json.beginArray()
      coordinate(point.x, to: &json)
      coordinate(point.y, to: &json)
      json.endArray()
    }
    json.endArray()
  }

  private static func score(_ value: Float, to json: inout JSONWriter) {
    json.key("score")
    json.number(Double(value), decimals: Decimals.score)
  }

  private static func coordinate(_ value: Float, to json: inout JSONWriter) {
    json.number(Double(value), decimals: Decimals.pixel)
  }
}
