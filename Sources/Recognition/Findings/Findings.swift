/// The result of one task for one image.
public enum Findings: Sendable, Equatable {
  /// The best classes, best first.
  case labels([Label])
  /// Objects with a box, best first.
  case detections([Detection])
  /// Parts of the picture, pixel by pixel.
  case segments([Segment])
  /// The picture as a vector; empty without one.
  case embedding([Float])
  /// Measured numbers, in the order in which they are written.
  case measures([Measure])
  /// Bar codes and matrix codes, in the order of reading.
  case codes([OpticalCode])
  /// The upscaled picture, which is in a file.
  case upscaled(Upscaled)
}

/// The kinds of findings.
public enum FindingsKind: String, Sendable, CaseIterable {
  case labels, detections, segments, embedding, measures, codes, upscaled

  /// Whether findings of the kind hold coordinates of their image.
  public var hasCoordinates: Bool {
    switch self {
    case .labels, .embedding, .measures: false
    case .detections, .segments, .codes, .upscaled: true
    }
  }
}

/// A labelled object with its box in an upright image.
public struct FoundObject: Sendable, Equatable {
  /// Its label or the name of its person; nil if it has neither.
  public var name: String?
  /// Index of its class among the model's labels; nil if it has none.
  public var id: Int?
  public var score: Float
  /// In pixels of the upright image.
  public var box: Box
  /// The pixels that it covers; nil if only the box is known.
  public var mask: RunLengthMask?
}

extension Findings {
  public var kind: FindingsKind {
    switch self {
    case .labels: .labels
    case .detections: .detections
    case .segments: .segments
    case .embedding: .embedding
    case .measures: .measures
    case .codes: .codes
    case .upscaled: .upscaled
    }
  }

  /// Whether nothing was found.
  public var isEmpty: Bool {
    switch self {
    case .labels(let labels): labels.isEmpty
    case .detections(let detections): detections.isEmpty
    case .segments(let segments): segments.isEmpty
    case .embedding(let vector): vector.isEmpty
    case .measures(let measures): measures.isEmpty
    case .codes(let codes): codes.isEmpty
    case .upscaled: false
    }
  }

  /// The objects with a box, best first; empty for kinds that have none.
  public var objects: [FoundObject] {
    switch self {
    case .detections(let detections):
      detections.map { FoundObject(name: $0.label ?? $0.identity?.name, id: $0.id, score: $0.score, box: $0.box) }
    case .segments(let segments):
      segments.map { FoundObject(name: $0.label, id: $0.id, score: $0.score, box: $0.box, mask: $0.mask) }
    case .labels, .embedding, .measures, .codes, .upscaled: []
    }
  }
}

/// A class of a classifier.
public struct Label: Sendable, Equatable {
  public var label: String
  /// Index of the class in the network's output.
  public var id: Int
  /// A probability.
  public var score: Float

  public init(label: String, id: Int, score: Float) {
    self.label = label
    self.id = id
    self.score = score
  }
}

/// A measured number with its name.
public struct Measure: Sendable, Equatable {
  public var name: String
  public var value: Double

  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
