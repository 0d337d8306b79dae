import Platform
import Recognition
import Records

/// A group of near duplicates as `imgrec similar` writes it.
public struct SimilarList {
  public var paths: [RawPath] = []

  /// Reads compact JSON; nil if it is no such group.
  public init?(_ json: UnsafeBufferPointer<UInt8>) {
    var check = JSONReader(json)
    guard check.skip(), check.isAtEnd else { return nil }
    var reader = JSONReader(json)
    var schema: String?
    var paths: [RawPath] = []
    let isRead = reader.object { key, json in
      switch key {
      case "schema":
        schema = json.string()
        return schema != nil
      case "images":
        guard let list = Self.images(&json) else { return false }
        paths = list
        return true
      default: return json.skip()
      }
    }
    guard isRead, schema == "imgrec-similar/1", !paths.isEmpty else { return nil }
    self.paths = paths
  }

  private static func images(_ json: inout JSONReader) -> [RawPath]? {
    guard json.take("[") else { return nil }
    var paths: [RawPath] = []
    if json.take("]") { return paths }
    repeat {
      var path = RawPath("")
      let isRead = json.object { key, json in
        switch key {
        case "path", "path_bytes": StoredRecord.path(key, &json, &path)
        default: json.skip()
        }
      }
      guard isRead, !path.bytes.isEmpty else { return nil }
      paths.append(path)
    } while json.take(",")
    return json.take("]") ? paths : nil
  }
}
