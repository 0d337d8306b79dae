import Foundation
import Platform
import Recognition

/// Pascal VOC's annotations: one XML file per image.
public final class VOCSink: Sink {
  private var folder: AnnotationFolder

  /// Throws if the folder cannot be created.
  init(_ context: SinkContext) throws(SetupError) { folder = try AnnotationFolder(context, extension: "xml") }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard let size = outcome.facts.size, outcome.failure == nil else { return }
    try folder.write(xml(LabelledObjects.named(in: outcome), size, outcome.path.description), for: outcome.path)
  }

  public func flush() {}
  public func finish() {}

  private func xml(_ objects: [(name: String, object: FoundObject)], _ size: PixelSize, _ path: String) -> String {
    var xml = "<annotation>\n  <folder>\(escaped((path as NSString).deletingLastPathComponent))</folder>\n"
    xml += "  <filename>\(escaped((path as NSString).lastPathComponent))</filename>\n"
    xml += "  <size><width>\(size.width)</width><height>\(size.height)</height><depth>3</depth></size>\n"
    for (name, object) in objects {
      // Pixels are counted from 1.
      let box = object.box
      let (left, top) = (max(1, Int(box.x.rounded()) + 1), max(1, Int(box.y.rounded()) + 1))
      let right = min(size.width, Int((box.x + box.width).rounded()))
      let bottom = min(size.height, Int((box.y + box.height).rounded()))
      xml += "  <object>\n    <name>\(escaped(name))</name>\n    <difficult>0</difficult>\n    <bndbox>"
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
}
