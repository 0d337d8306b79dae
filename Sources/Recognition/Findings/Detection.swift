import Platform

/// A thing found at a place: an object, a face, a plate, a line of text.
public struct Detection: Sendable, Equatable {
  public var label: String?
  public var text: String?
  /// 0 to 1.
  public var score: Float
  /// In pixels of the upright image.
  public var box: Box
  /// Faces: right eye, left eye, nose, right and left corner of the mouth, as seen from the person's own side.
  /// Plates: the corners, clockwise from the upper left.
  public var landmarks: [Point]
  /// Text: the corners, clockwise from where the reading begins. Empty for upright things.
  public var quad: [Point]
  /// Whose face it is, of those in the gallery.
  public var identity: Identity?
  /// Faces: how old, and man or woman, each the likeliest class and its score; where they were asked for.
  public var age: Label?
  public var gender: Label?
  /// What a second network made of the thing, of length 1; told only where it was asked for.
  public var vector: [Float]

  public init(
    label: String? = nil, text: String? = nil, score: Float, box: Box, landmarks: [Point] = [], quad: [Point] = []
  ) {
    self.label = label
    self.text = text
    self.score = score
    self.box = box
    self.landmarks = landmarks
    self.quad = quad
    vector = []
  }

  /// Has the reading begin at the opposite corner.
  public mutating func rotate180() {
    guard quad.count == 4 else { return }
    quad = [quad[2], quad[3], quad[0], quad[1]]
  }
}

/// Somebody of the gallery.
public struct Identity: Sendable, Equatable {
  public var name: String
  /// 1 - cosine of the nearest of his vectors: 0 is the same picture.
  public var distance: Float

  public init(name: String, distance: Float) {
    self.name = name
    self.distance = distance
  }
}
