/// What one task found in one image.
public enum Findings: Sendable, Equatable {
  /// The best classes, the likeliest first.
  case labels([Label])
  /// Things with a box, the surest first.
  case detections([Detection])
  /// The picture was enlarged and is in a file.
  case upscaled(Upscaled)
}

/// A class of a classifier.
public struct Label: Sendable, Equatable {
  public var label: String
  /// The class's place in the network's output.
  public var id: Int
  /// A probability.
  public var score: Float

  public init(label: String, id: Int, score: Float) {
    self.label = label
    self.id = id
    self.score = score
  }
}

/// A thing found at a place: an object, a face, a plate.
public struct Detection: Sendable, Equatable {
  public var label: String?
  public var text: String?
  /// 0 to 1.
  public var score: Float
  /// In pixels of the upright image.
  public var box: Box
  /// Faces: right eye, left eye, nose, right and left corner of the mouth, as seen from the person's own side.
  public var landmarks: [Point]

  public init(label: String? = nil, text: String? = nil, score: Float, box: Box, landmarks: [Point] = []) {
    self.label = label
    self.text = text
    self.score = score
    self.box = box
    self.landmarks = landmarks
  }
}
