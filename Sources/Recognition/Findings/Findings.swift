/// What one task found in one image.
public enum Findings: Sendable, Equatable {
  /// The best classes, the likeliest first.
  case labels([Label])
  /// Things with a place, the surest first.
  case detections([Detection])
  /// Parts of the picture, pixel by pixel.
  case segments([Segment])
  /// The picture as a vector; empty where there is none.
  case embedding([Float])
  /// Numbers that were measured, in the order in which they are told.
  case measures([Measure])
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

/// A part of the picture.
public struct Segment: Sendable, Equatable {
  public var label: String
  /// The mean probability inside.
  public var score: Float
  /// In pixels of the upright image.
  public var box: Box
  /// Pixels of the upright image inside.
  public var area: Int
  public var mask: RunLengthMask
  /// A file that holds the mask, told in its place.
  public var file: String?
  /// The network's own map, for cutouts with soft edges.
  public var map: SoftMask?

  public init(label: String, score: Float, box: Box, area: Int, mask: RunLengthMask, map: SoftMask? = nil) {
    self.label = label
    self.score = score
    self.box = box
    self.area = area
    self.mask = mask
    self.map = map
  }
}

/// A number and its name.
public struct Measure: Sendable, Equatable {
  public var name: String
  public var value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
