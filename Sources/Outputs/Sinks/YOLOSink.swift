import Platform
import Recognition

/// YOLO's labels: one text file per image with `class x y w h` per object (centre and size as fractions of the image),
/// and `classes.txt`.
public final class YOLOSink: Sink {
  private var folder: AnnotationFolder
  private var classes: LabelledObjects

  /// The file of the class names.
  static let classList = RawPath("classes.txt")

  /// Throws if the folder cannot be created.
  init(_ context: SinkContext) throws(SetupError) {
    folder = try AnnotationFolder(context, extension: "txt")
    classes = LabelledObjects(context.labels)
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard let size = outcome.facts.size, outcome.failure == nil else { return }
    let (width, height) = (Double(size.width), Double(size.height))
    let lines = classes.numbered(in: outcome).map { entry in
      let box = entry.object.box
      let numbers = [
        Double(box.x + box.width / 2) / width, Double(box.y + box.height / 2) / height, Double(box.width) / width,
        Double(box.height) / height,
      ]
      return "\(entry.number) " + numbers.map { fixed($0, 6) }.joined(separator: " ") + "\n"
    }
    try folder.write(lines.joined(), for: outcome.path)
  }

  public func flush() {}

  public func finish() throws(SinkError) {
    do throws(SinkError) {
      try folder.write(classes.names.map { $0 + "\n" }.joined(), to: Self.classList)
    } catch {
      // Without their names the numbers mean nothing.
      if case .item(let failure) = error { throw .failed(failure.message) }
      throw error
    }
  }
}
