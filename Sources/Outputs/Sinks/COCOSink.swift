import Foundation
import Platform
import Recognition
import Records

/// COCO's object detection format: one JSON object of `images`, `annotations` and `categories`, category 1 being the
/// first class. Annotations are spooled in an unnamed file until the images are written, so memory stays flat.
public final class COCOSink: Sink {
  private let output: ByteOutput
  private let spool = tmpfile()
  private var classes: LabelledObjects
  private var images = 0
  private var annotations = 0
  private var isFinished = false

  public init(_ output: ByteOutput, labels: [ModelLabels]) {
    self.output = output
    classes = LabelledObjects(labels)
  }

  deinit { if let spool { fclose(spool) } }

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
    try output.write(json: json.out.bytes)
    for entry in classes.numbered(in: outcome) { try annotate(entry.object, number: entry.number) }
  }

  private func annotate(_ object: FoundObject, number: Int) throws(SinkError) {
    annotations += 1
    var json = JSONWriter()
    json.beginObject()
    for (key, value) in [("id", annotations), ("image_id", images), ("category_id", number + 1)] {
      json.key(key)
      json.number(value)
    }
    json.key("bbox")
    json.beginArray()
    for value in [object.box.x, object.box.y, object.box.width, object.box.height] {
      json.number(Double(value), decimals: Decimals.pixel)
    }
    json.endArray()
    json.key("area")
    json.number(Double(object.mask.map { Float($0.area) } ?? object.box.area), decimals: Decimals.pixel)
    // Loaders drop crowds; each mask is of one object.
    json.key("iscrowd")
    json.number(0)
    json.key("score")
    json.number(Double(object.score), decimals: Decimals.score)
    if let mask = object.mask {
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
    guard let spool, fwrite(bytes, 1, bytes.count, spool) == bytes.count else {
      throw .failed("cannot write annotations to a temporary file: \(systemMessage(errno))")
    }
  }

  public func flush() throws(SinkError) { try output.flush() }

  public func finish() throws(SinkError) {
    guard !isFinished else { return }
    isFinished = true
    try output.write(Array((images == 0 ? "{\"images\":[" : "\n").utf8) + Array("],\"annotations\":[\n".utf8))
    if let spool {
      rewind(spool)
      var block = [UInt8](repeating: 0, count: 64 << 10)
      while case let count = fread(&block, 1, block.count, spool), count > 0 {
        try output.write(json: Array(block[..<count]))
      }
    }
    var json = JSONWriter()
    json.beginArray()
    for (id, name) in classes.names.enumerated() {
      json.beginObject()
      json.key("id")
      json.number(id + 1)
      json.key("name")
      json.string(name)
      json.endObject()
    }
    json.endArray()
    try output.write(json: Array("\n],\"categories\":".utf8) + json.out.bytes + Array("}\n".utf8))
    try output.finish()
  }
}
