/// The pictures of a run with their hashes, or with their colours if they have too little contrast.
public struct FingerprintIndex {
  /// What a picture is compared by.
  public enum Look: Sendable, Equatable {
    /// The hash of the picture, and that of its mirror image if mirrored copies are searched.
    case hash([UInt64], mirrored: [UInt64]? = nil)
    /// Samples of `colourSide` squared cells, blue, green and red.
    case colours([UInt8])
  }

  /// How two pictures compare.
  public struct Relation: Equatable {
    /// Number of bits in which the hashes differ; 0 for pictures that are compared by their colours.
    public var distance: Int
    /// Whether one is nearer to the other's mirror image.
    public var isMirrored: Bool
  }

  /// Side in pixels of the small picture whose samples are the colours.
  public static let colourSide = PlainPictures.side

  public private(set) var count = 0
  private let findsMirrored: Bool
  private var hashes: HammingIndex
  private var plain: [(number: Int, cells: [UInt8])] = []
  /// Number of the picture of each hash.
  private var hashed: [Int] = []
  /// Index of each picture's hash, which that of its mirror image follows; or -1 less the index of its colours.
  private var places: [Int32] = []

  /// `findsMirrored`: mirrored copies are similar too.
  public init(bits: Int, findsMirrored: Bool = false) {
    hashes = HammingIndex(bits: bits)
    self.findsMirrored = findsMirrored
  }

  public mutating func append(_ look: Look) {
    switch look {
    case .hash(let words, let mirrored):
      places.append(Int32(hashed.count))
      append(words)
      if findsMirrored { append(mirrored ?? words) }
    case .colours(let cells):
      places.append(-1 - Int32(plain.count))
      plain.append((count, cells))
    }
    count += 1
  }

  private mutating func append(_ words: [UInt64]) {
    hashed.append(count)
    hashes.append(words)
  }

  /// Calls `body` with pairs of pictures that look alike, enough of them to join all that do.
  public func pairs(within radius: Int, _ body: (Int, Int) -> Void) {
    hashes.pairs(within: radius) { a, b in
      // A symmetric picture is near to its own mirror image.
      if hashed[a] != hashed[b] { body(hashed[a], hashed[b]) }
    }
    var pictures = PlainPictures()
    for (number, cells) in plain {
      if findsMirrored { pictures.matches(PlainPictures.mirrored(cells)) { body($0, number) } }
      pictures.add(number, cells) { body($0, number) }
    }
  }

  public func relation(_ a: Int, _ b: Int) -> Relation {
    let (first, second) = (Int(places[a]), Int(places[b]))
    if first >= 0, second >= 0 {
      let distance = hashes.distance(first, second)
      let mirrored = findsMirrored && a != b ? hashes.distance(first, second + 1) : distance
      return Relation(distance: min(distance, mirrored), isMirrored: mirrored < distance)
    }
    guard findsMirrored, first < 0, second < 0 else { return Relation(distance: 0, isMirrored: false) }
    let (cells, others) = (plain[-1 - first].cells, plain[-1 - second].cells)
    let mirrored = PlainPictures.difference(cells, PlainPictures.mirrored(others))
    return Relation(distance: 0, isMirrored: mirrored < PlainPictures.difference(cells, others))
  }
}
