import Platform
import Recognition

extension RecordWriter {
  /// The fields of a file, in the order {taken?, taken_offset?, camera?, lens?, gps?: [latitude, longitude, altitude?]}.
  static func exif(_ fields: ExifFields, to json: inout JSONWriter) {
    json.beginObject()
    for (key, text) in [
      ("taken", fields.taken), ("taken_offset", fields.takenOffset), ("camera", fields.camera), ("lens", fields.lens),
    ] {
      guard let text else { continue }
      json.key(key)
      json.string(text)
    }
    if let position = fields.position {
      json.key("gps")
      json.beginArray()
      json.number(position.latitude, decimals: Decimals.degree)
      json.number(position.longitude, decimals: Decimals.degree)
      if let altitude = position.altitude { json.number(altitude, decimals: Decimals.altitude) }
      json.endArray()
    }
    json.endObject()
  }
}

extension Decimals {
  /// Of degrees: 1 cm.
  public static let degree = 7
  /// Of metres.
  public static let altitude = 2
}

/// The EXIF fields of a file as caches hold them, beside the answers and under a query of their own: those that were
/// stored by runs without `--exif` stay valid.
public enum CachedExif {
  /// Its text changes if the same file would have other fields.
  public static let query = QueryKey(digest: Digest.of("imgrec-exif/1".utf8), text: "exif")

  /// A `CachedAnswer`, with `{"exif":{...}}` in place of findings.
  public static func bytes(of fields: ExifFields) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("findings")
    json.beginObject()
    json.key("exif")
    RecordWriter.exif(fields, to: &json)
    json.endObject()
    json.endObject()
    return json.out.bytes
  }

  /// Parses what `bytes(of:)` writes; nil for anything else.
  public static func fields(_ bytes: [UInt8]) -> ExifFields? {
    bytes.withUnsafeBufferPointer { bytes in
      var json = JSONReader(bytes)
      guard json.take("{\"findings\":{\"exif\":"), let fields = fields(object: &json), json.take("}}"), json.isAtEnd
      else {
        return nil
      }
      return fields
    }
  }

  /// Reads the object of a record's `exif`; nil if it is none.
  static func fields(object json: inout JSONReader) -> ExifFields? {
    var fields = ExifFields()
    guard json.take("{") else { return nil }
    if json.take("}") { return fields }
    repeat {
      guard let key = json.string(), json.take(":") else { return nil }
      guard key == "gps" else {
        guard let text = json.string() else { return nil }
        switch key {
        case "taken": fields.taken = text
        case "taken_offset": fields.takenOffset = text
        case "camera": fields.camera = text
        case "lens": fields.lens = text
        default: return nil
        }
        continue
      }
      guard json.take("["), let latitude = json.number(), json.take(","), let longitude = json.number() else {
        return nil
      }
      var altitude: Double?
      if json.take(",") {
        guard let metres = json.number() else { return nil }
        altitude = metres
      }
      guard json.take("]"),
        let position = GeoPosition(latitude: latitude, longitude: longitude, altitude: altitude)
      else { return nil }
      fields.position = position
    } while json.take(",")
    return json.take("}") ? fields : nil
  }
}
