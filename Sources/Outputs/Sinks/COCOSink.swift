import Foundation
import Platform
import Recognition
import Records

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
