import Recognition

/// A segment of a record, checked and not kept.
struct StoredSegment {
  /// Reads a segment; nil if no run writes it.
  init?(_ json: inout JSONReader) {
    guard json.take("{\"label\":"), json.string() != nil else { return nil }
    if json.take(",\"id\":") { guard FindingsReader.classIndex(&json) != nil else { return nil } }
    guard json.take(",\"score\":"), FindingsReader.score(&json) != nil, json.take(",\"box\":"),
      FindingsReader.box(&json) != nil, json.take(",\"area\":"), let area = json.int(), area >= 0
    else { return nil }
    if json.take(",\"file\":") {
      guard json.string() != nil, json.take("}") else { return nil }
      return
    }
    guard json.take(",\"rle\":{\"size\":["), let height = json.int(), json.take(","), let width = json.int(),
      json.take("],\"counts\":"), let counts = json.string(), json.take("}}")
    else { return nil }
    let sides = 1...Int(Int32.max)
    guard sides.contains(width), sides.contains(height),
      let mask = RunLengthMask(size: PixelSize(width: width, height: height), compressed: counts), mask.area == area
    else { return nil }
  }
}

/// A vector of a record, checked and not kept.
struct StoredEmbedding {
  /// Reads a vector; nil if no run writes it.
  init?(_ json: inout JSONReader) {
    guard json.take("{\"dim\":"), let count = json.int(), json.take(",\"values\":"), let text = json.string(),
      json.take("}"), let bytes = Base64.decode(text), let vector = [Float](littleEndianBytes: bytes),
      vector.count == count, vector.allSatisfy(\.isFinite)
    else { return nil }
  }
}
