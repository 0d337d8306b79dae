import Foundation
import Platform
import Recognition

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
      try AtomicFile.write(Array(text.utf8), to: RawPath(path))
    } catch {
      throw .failed((error as? SetupError)?.description ?? error.localizedDescription)
    }
  }
}
