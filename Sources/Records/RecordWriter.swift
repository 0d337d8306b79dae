import Platform
import Recognition

/// Writes the record of one input as one JSON object on one line. This is the wire format, and `RecordSchema` its schema.
///
/// Keys come in this order; those marked `?` only if they are known or not empty.
///
///     schema       "imgrec/1"
///     path         the input's name; bytes that are not UTF-8 are U+FFFD
///     path_bytes?  base64 of the exact name, only if it is not UTF-8
///     page?        the page that the record is of, from 1; only if each page of the file has a record
///     pages?       number of pages of the file, if it has several
///     status       "ok" or "error"
///     digest?      "sha256:" and 64 lower-case hex digits, of the file's bytes
///     bytes?       the file's length
///     format?      jpeg, png, ...
///     width?       of the upright image, in pixels
///     height?
///     orientation? EXIF, 1 to 8
///     key?         what a data set calls the image: the part of a tar member's name that it shares with its label, the
///                  file name or id in a TFRecord's Example
///     exif?        if it was asked for and the file was read: {taken?, taken_offset?, camera?, lens?, gps?}
///     models       ok only: task -> name@ and eight digits of the network's digest
///     cache        ok only: hit, miss, similar or off
///     similar?     the image whose answer this is: {path, path_bytes?, page?, distance} in bits; if cache is similar
///     ms?          milliseconds in {read, decode, wait, infer}; always if ok
///     warnings?    array of strings
///     <task>       ok only, one key per task: its findings, [] if there are none
///     files?       the files written for the image: {annotated?, crops?, cutout? or cutouts?}
///     error        error only: {stage, code, message}
///
/// If a file beside the record could not be written, status is "error" and the keys of an ok record are there as well.
///
/// Findings: classes are {label, id, score}; objects are {label?, id?, text?, score, box, landmarks?, identity?,
/// distance?, vector?}, lines of text with quad instead of box; segments are {label, id?, score, box, area, rle or file}.
/// id is the index of the class among the model's labels. box is [x, y, w, h], landmarks and quad [[x, y], ...], in pixels
/// of the upright image; rle is COCO's compressed form. Codes are {text, text_bytes?, format, isbn?, quad}, with base64 of
/// the content in text_bytes if it is not text. `embed` has {dim, values} instead of an array, `quality` its
/// measures by name. Vectors are base64 of little-endian float32.
/// `upscale` is one object {file?, kept?, width?, height?, scale, tiles?}: no file on standard output; with kept only the
/// file's name and the scale.
///
/// Scores have up to 6 decimals, coordinates 1, milliseconds 2.
public enum RecordWriter {
  public static let schema = "imgrec/1"

  /// Appends the record, without a newline.
  public static func write(_ outcome: Outcome, to json: inout JSONWriter) {
    json.beginObject()
    json.key("schema")
    json.string(schema)
    path(outcome.path, to: &json)
    if let page = outcome.page { number("page", page.number, to: &json) }
    if let pages = outcome.facts.pages { number("pages", pages, to: &json) }
    json.key("status")
    switch outcome.result {
    case .success(let answers):
      json.string(outcome.fileFailure == nil ? "ok" : "error")
      facts(outcome.facts, to: &json)
      key(outcome.key, to: &json)
      json.key("models")
      json.beginObject()
      for answer in answers {
        json.key(answer.task.rawValue)
        json.string(answer.model)
      }
      json.endObject()
      engines(answers, to: &json)
      json.key("cache")
      json.string(outcome.cache.rawValue)
      if let match = outcome.match {
        json.key("similar")
        json.beginObject()
        path(match.path, to: &json)
        if let page = match.page { number("page", page, to: &json) }
        json.key("distance")
        json.number(match.distance)
        json.endObject()
      }
      timings(outcome.timings, to: &json)
      warnings(outcome.warnings, to: &json)
      for answer in answers {
        json.key(answer.task.rawValue)
        if let stored = answer.stored { json.verbatim(stored) } else { findings(answer.findings, to: &json) }
      }
      files(outcome.files, to: &json)
      if let failure = outcome.fileFailure { error(failure, to: &json) }
    case .failure(let failure):
      json.string("error")
      facts(outcome.facts, to: &json)
      key(outcome.key, to: &json)
      if outcome.timings != Timings() { timings(outcome.timings, to: &json) }
      warnings(outcome.warnings, to: &json)
      error(failure, to: &json)
    }
    json.endObject()
  }

  private static func number(_ key: String, _ value: Int, to json: inout JSONWriter) {
    json.key(key)
    json.number(value)
  }

  private static func error(_ failure: Failure, to json: inout JSONWriter) {
    json.key("error")
    json.beginObject()
    json.key("stage")
    json.string(failure.stage.rawValue)
    json.key("code")
    json.string(failure.code.rawValue)
    json.key("message")
    json.string(failure.message)
    json.endObject()
  }

  private static func files(_ files: WrittenFiles, to json: inout JSONWriter) {
    guard !files.isEmpty else { return }
    json.key("files")
    json.beginObject()
    if let annotated = files.annotated {
      json.key("annotated")
      json.string(repairing: annotated.bytes)
    }
    if !files.crops.isEmpty { list("crops", files.crops, to: &json) }
    if files.cutouts.count == 1 {
      json.key("cutout")
      json.string(repairing: files.cutouts[0].bytes)
    } else if !files.cutouts.isEmpty {
      list("cutouts", files.cutouts, to: &json)
    }
    json.endObject()
  }

  private static func list(_ key: String, _ paths: [RawPath], to json: inout JSONWriter) {
    json.key(key)
    json.beginArray()
    for path in paths { json.string(repairing: path.bytes) }
    json.endArray()
  }

  /// Appends the keys of a path: `path`, and `path_bytes` if it is not UTF-8.
  public static func path(_ path: RawPath, to json: inout JSONWriter) {
    json.key("path")
    json.string(repairing: path.bytes)
    guard !path.isUTF8 else { return }
    json.key("path_bytes")
    json.raw { $0.append(base64: path.bytes) }
  }

  private static func facts(_ facts: ImageFacts, to json: inout JSONWriter) {
    if let digest = facts.digest {
      json.key("digest")
      json.raw {
        $0.append("sha256:")
        $0.append(hex: digest)
      }
    }
    if let bytes = facts.bytes {
      json.key("bytes")
      json.number(bytes)
    }
    picture(facts, to: &json)
    if let fields = facts.exif {
      json.key("exif")
      exif(fields, to: &json)
    }
  }

  private static func key(_ key: RawPath?, to json: inout JSONWriter) {
    guard let key else { return }
    json.key("key")
    json.string(repairing: key.bytes)
  }

  /// The facts about the picture, independent of its file.
  static func picture(_ facts: ImageFacts, to json: inout JSONWriter) {
    if let format = facts.formatName {
      json.key("format")
      json.string(format)
    }
    if let size = facts.size {
      json.key("width")
      json.number(size.width)
      json.key("height")
      json.number(size.height)
    }
    if let orientation = facts.orientation {
      json.key("orientation")
      json.number(orientation.rawValue)
    }
  }

  /// The engine of each network; omitted if none ran.
  private static func engines(_ answers: [Answer], to json: inout JSONWriter) {
    guard answers.contains(where: { $0.engine != nil }) else { return }
    json.key("engines")
    json.beginObject()
    for answer in answers {
      guard let engine = answer.engine else { continue }
      json.key(answer.task.rawValue)
      json.string(engine.name)
    }
    json.endObject()
  }

  private static func timings(_ timings: Timings, to json: inout JSONWriter) {
    json.key("ms")
    json.beginObject()
    for (name, value) in [
      ("read", timings.read), ("decode", timings.decode), ("wait", timings.wait), ("infer", timings.infer),
    ] {
      json.key(name)
      json.number(value, decimals: 2)
    }
    json.endObject()
  }

  static func warnings(_ warnings: [String], to json: inout JSONWriter) {
    guard !warnings.isEmpty else { return }
    json.key("warnings")
    json.beginArray()
    for warning in warnings { json.string(warning) }
    json.endArray()
  }
}

/// Number of decimals in every output.
public enum Decimals {
  /// Enough to keep small probabilities above 0.
  public static let score = 6
  public static let pixel = 1
  public static let measure = 4
}
