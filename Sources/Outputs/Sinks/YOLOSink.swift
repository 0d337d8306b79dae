import Platform
import Recognition

/// YOLO's labels: one text file per image with `class x y w h` per object (centre and size as fractions of the image),
/// and `classes.txt`.
public final class YOLOSink: Sink {
  private let folder: AnnotationFolder
  private var classes: LabelledObjects

  /// Throws if the folder cannot be made.
  public init(folder: String, names: [String]) throws(SetupError) {
    self.folder = try AnnotationFolder(folder)
    classes = LabelledObjects(names: names)
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard let size = outcome.facts.size, outcome.failure == nil else { return }
    let (width, height) = (Double(size.width), Double(size.height))
    let lines = LabelledObjects.objects(in: outcome).map { name, object in
      let box = object.box
      let numbers = [
        Double(box.x + box.width / 2) / width, Double(box.y + box.height / 2) / height, Double(box.width) / width,
        Double(box.height) / height,
      ]
      return "\(classes.classIndex(of: name)) " + numbers.map { fixed($0, 6) }.joined(separator: " ") + "\n"
    }
    let path = AnnotationFolder.relativePath(of: outcome)
    try folder.write(lines.joined(), to: AnnotationFolder.name(for: path, extension: "txt"))
  }

  public func flush() {}

  public func finish() throws(SinkError) {
    try folder.write(classes.names.map { $0 + "\n" }.joined(), to: "classes.txt")
  }
}
