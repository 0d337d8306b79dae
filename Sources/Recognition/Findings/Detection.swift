import Platform

/// A detected object with its box: an object, a face, a plate, a line of text.
public struct Detection: Sendable, Equatable {
  public var label: String?
  /// Index of its class among the model's labels; nil if it has no label.
  public var id: Int?
  public var text: String?
  /// 0 to 1.
  public var score: Float
  /// In pixels of the upright image.
  public var box: Box
  /// Faces: right eye, left eye, nose, right and left corner of the mouth, from the person's own point of view.
  /// Plates: the corners, clockwise from the upper left.
  public var landmarks: [Point]
  /// Text: the corners, clockwise from the start of reading. Empty for upright objects.
  public var quad: [Point]
  /// The matching person of the gallery.
  public var identity: Identity?
  /// Faces: the best age and gender class with its score, if requested.
  public var age: Label?
  public var gender: Label?
  /// L2-normalised embedding; empty unless requested.
  public var vector: [Float]

  public init(
    label: String? = nil, id: Int? = nil, text: String? = nil, score: Float, box: Box, landmarks: [Point] = [],
    quad: [Point] = []
  ) {
    self.label = label
    self.id = id
    self.text = text
    self.score = score
    self.box = box
    self.landmarks = landmarks
    self.quad = quad
    vector = []
  }

  /// Rotates the object by 180 degrees: reading starts at the opposite corner.
  public mutating func rotate180() {
    guard quad.count == 4 else { return }
    quad = [quad[2], quad[3], quad[0], quad[1]]
  }
}

/// A match in the gallery.
public struct Identity: Sendable, Equatable {
  public var name: String
  /// 1 - cosine of the person's nearest vector: 0 is the same picture.
  public var distance: Float

  public init(name: String, distance: Float) {
    self.name = name
    self.distance = distance
  }
}
