import Foundation
import Platform
import Recognition
import Records

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

/// COCO's object detection format: one JSON object of `images`, `annotations` and `categories`, category 1 being the
/// first class. Annotations wait in a file without a name until the images are told, so memory stays flat.
public final class COCOSink: Sink {
  private let output: ByteOutput
  private let waiting = tmpfile()
  private var things: LabelledObjects
  private var images = 0
  private var annotations = 0
  private var isFinished = false

  public init(_ output: ByteOutput, names: [String]) {
    self.output = output
    things = LabelledObjects(names: names)
  }

  deinit { if let waiting { fclose(waiting) } }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard let size = outcome.facts.size, outcome.failure == nil else { return }
    try output.write(Array((images == 0 ? "{\"images\":[\n" : ",\n").utf8))
    images += 1
    var json = JSONWriter()
    json.beginObject()
    json.key("id")
    json.number(images)
    json.key("file_name")
    json.string(repairing: outcome.path.bytes)
    json.key("width")
    json.number(size.width)
    json.key("height")
    json.number(size.height)
    json.endObject()
    try output.write(json.out.bytes)
    for thing in LabelledObjects.things(in: outcome) { try annotate(thing) }
  }

  private func annotate(_ thing: LabelledObjects.Thing) throws(SinkError) {
    annotations += 1
    var json = JSONWriter()
    json.beginObject()
    for (key, value) in [("id", annotations), ("image_id", images), ("category_id", things.id(of: thing.name) + 1)] {
      json.key(key)
      json.number(value)
    }
    json.key("bbox")
    json.beginArray()
    for value in [thing.box.x, thing.box.y, thing.box.width, thing.box.height] {
      json.number(Double(value), decimals: Decimals.pixel)
    }
    json.endArray()
    json.key("area")
    json.number(Double(thing.mask.map { Float($0.area) } ?? thing.box.area), decimals: Decimals.pixel)
    json.key("iscrowd")
    json.number(thing.mask == nil ? 0 : 1)
    json.key("score")
    json.number(Double(thing.score), decimals: Decimals.score)
    if let mask = thing.mask {
      json.key("segmentation")
      json.beginObject()
      json.key("size")
      json.beginArray()
      json.number(mask.size.height)
      json.number(mask.size.width)
      json.endArray()
      json.key("counts")
      json.string(mask.compressed)
      json.endObject()
    }
    json.endObject()
    let bytes = Array((annotations == 1 ? "" : ",\n").utf8) + json.out.bytes
    guard let waiting, fwrite(bytes, 1, bytes.count, waiting) == bytes.count else {
      throw .failed("cannot keep annotations in a temporary file: \(systemMessage(errno))")
    }
  }

  public func flush() throws(SinkError) { try output.flush() }

  public func finish() throws(SinkError) {
    guard !isFinished else { return }
    isFinished = true
    try output.write(Array((images == 0 ? "{\"images\":[" : "\n").utf8) + Array("],\"annotations\":[\n".utf8))
    if let waiting {
      rewind(waiting)
      var block = [UInt8](repeating: 0, count: 64 << 10)
      while case let count = fread(&block, 1, block.count, waiting), count > 0 {
        try output.write(Array(block[..<count]))
      }
    }
    var json = JSONWriter()
    json.beginArray()
    for (id, name) in things.names.enumerated() {
      json.beginObject()
      json.key("id")
      json.number(id + 1)
      json.key("name")
      json.string(name)
      json.endObject()
    }
    json.endArray()
    try output.write(Array("\n],\"categories\":".utf8) + json.out.bytes + Array("}\n".utf8))
    try output.finish()
  }
}

/// A file an image below a folder, in the form that trainers read: YOLO's `class x y w h` (centre and size as parts of
/// the image) with `classes.txt`, or Pascal VOC's XML.
public final class AnnotationFolderSink: Sink {
  public enum Form: Sendable { case yolo, voc }

  private let folder: String
  private let form: Form
  private var things: LabelledObjects

  public init(folder: String, form: Form, names: [String]) throws(SetupError) {
    self.folder = folder
    self.form = form
    things = LabelledObjects(names: names)
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw SetupError("cannot make the folder \(folder): \(error.localizedDescription)")
    }
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard let size = outcome.facts.size, outcome.failure == nil else { return }
    let found = LabelledObjects.things(in: outcome)
    let path = outcome.path.description.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "/")
    let stem = (path as NSString).deletingPathExtension
    switch form {
    case .yolo: try put(yolo(found, size), at: "\(stem).txt")
    case .voc: try put(voc(found, size, path), at: "\(stem).xml")
    }
  }

  public func flush() {}

  public func finish() throws(SinkError) {
    if form == .yolo { try put(things.names.map { $0 + "\n" }.joined(), at: "classes.txt") }
  }

  private typealias Found = [LabelledObjects.Thing]

  private func yolo(_ found: Found, _ size: PixelSize) -> String {
    let (w, h) = (Double(size.width), Double(size.height))
    return found.map { thing in
      let box = thing.box
      let numbers = [
        Double(box.x + box.width / 2) / w, Double(box.y + box.height / 2) / h, Double(box.width) / w,
        Double(box.height) / h,
      ]
      return "\(things.id(of: thing.name)) " + numbers.map { fixed($0, 6) }.joined(separator: " ") + "\n"
    }.joined()
  }

  private func voc(_ found: Found, _ size: PixelSize, _ path: String) -> String {
    var xml = "<annotation>\n  <folder>\(escaped((path as NSString).deletingLastPathComponent))</folder>\n"
    xml += "  <filename>\(escaped((path as NSString).lastPathComponent))</filename>\n"
    xml += "  <size><width>\(size.width)</width><height>\(size.height)</height><depth>3</depth></size>\n"
    for thing in found {
      // Pixels are counted from 1.
      let box = thing.box
      let (left, top) = (max(1, Int(box.x.rounded()) + 1), max(1, Int(box.y.rounded()) + 1))
      let right = min(size.width, Int((box.x + box.width).rounded()))
      let bottom = min(size.height, Int((box.y + box.height).rounded()))
      xml += "  <object>\n    <name>\(escaped(thing.name))</name>\n    <difficult>0</difficult>\n    <bndbox>"
      xml +=
        "<xmin>\(left)</xmin><ymin>\(top)</ymin><xmax>\(right)</xmax><ymax>\(bottom)</ymax></bndbox>\n  </object>\n"
    }
    return xml + "</annotation>\n"
  }

  private func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      default: character.unicodeScalars.contains { $0.value < 32 } ? "?" : String(character)
      }
    }.joined()
  }

  private func put(_ text: String, at name: String) throws(SinkError) {
    let path = "\(folder)/\(name)"
    do {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try WholeFile.write(Array(text.utf8), to: RawPath(path))
    } catch {
      throw .failed((error as? SetupError)?.description ?? error.localizedDescription)
    }
  }
}
