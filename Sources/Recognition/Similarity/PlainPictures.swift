import Platform

extension PerceptualHash {
  /// Standard deviation of the hashed samples below which a picture has too little contrast for its hash to mean
  /// anything: what is left are the noise of the compression, or nothing. Pictures of one colour have 0, in JPEG up to
  /// 1; a sky without clouds has 5, a page with one line of print 8.
  public static let minContrast = 3.0

  /// Whether the hash of these samples says nothing, so that pictures must be compared by their colours.
  public static func isPlain(_ grey: UnsafeBufferPointer<UInt8>) -> Bool {
    var (sum, squares) = (0, 0)
    for value in grey {
      sum += Int(value)
      squares += Int(value) * Int(value)
    }
    let mean = Double(sum) / Double(max(1, grey.count))
    return Double(squares) / Double(max(1, grey.count)) - mean * mean < minContrast * minContrast
  }
}

/// Groups pictures without contrast by their colours: those of a few large cells, which differ also where only
/// their hues differ.
struct PlainPictures {
  /// Side of the square of cells, each with three samples.
  static let side = 4
  /// Maximum difference of two samples of one group: more than JPEG changes a plain colour, less than the eye sees.
  private static let maxDifference = 6
  /// Difference up to which a picture is represented by the other.
  private static let sameDifference = 1
  private static let bucketWidth = 16

  private struct Entry {
    var number: Int
    var cells: [UInt8]
  }
  /// By their mean colour.
  private var buckets: [SIMD4<Int>: [Entry]] = [:]

  /// Adds the picture `number`, and calls `body` with the earlier ones that look alike.
  mutating func add(_ number: Int, _ cells: [UInt8], alike body: (Int) -> Void) {
    let key = Self.bucket(of: cells)
    var isRepresented = false
    for blue in -1...1 {
      for green in -1...1 {
        for red in -1...1 {
          for entry in buckets[key &+ SIMD4(blue, green, red, 0)] ?? [] {
            let difference = zip(entry.cells, cells).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
            guard difference <= Self.maxDifference else { continue }
            body(entry.number)
            isRepresented = isRepresented || difference <= Self.sameDifference
          }
        }
      }
    }
    if !isRepresented { buckets[key, default: []].append(Entry(number: number, cells: cells)) }
  }

  private static func bucket(of cells: [UInt8]) -> SIMD4<Int> {
    var sums = SIMD4<Int>()
    for (index, value) in cells.enumerated() { sums[index % 3] += Int(value) }
    return sums / SIMD4(repeating: max(1, cells.count / 3) * bucketWidth)
  }
}

/// The pictures of a run with their hashes, or with their colours if they have too little contrast.
public struct FingerprintIndex {
  /// What a picture is compared by.
  public enum Look: Sendable, Equatable {
    case hash([UInt64])
    /// Samples of `colourSide` squared cells, blue, green and red.
    case colours([UInt8])
  }

  /// Side in pixels of the small picture whose samples are the colours.
  public static let colourSide = PlainPictures.side

  public private(set) var count = 0
  private var hashes: HammingIndex
  private var plain: [(number: Int, cells: [UInt8])] = []
  /// Number of the picture of each hash.
  private var hashed: [Int] = []
  /// Index of each picture's hash; -1 if it is compared by its colours.
  private var places: [Int32] = []

  public init(bits: Int) { hashes = HammingIndex(bits: bits) }

  public mutating func append(_ look: Look) {
    switch look {
    case .hash(let words):
      places.append(Int32(hashed.count))
      hashed.append(count)
      hashes.append(words)
    case .colours(let cells):
      places.append(-1)
      plain.append((count, cells))
    }
    count += 1
  }

  /// Calls `body` with pairs of pictures that look alike, enough of them to join all that do.
  public func pairs(within radius: Int, _ body: (Int, Int) -> Void) {
    hashes.pairs(within: radius) { body(hashed[$0], hashed[$1]) }
    var pictures = PlainPictures()
    for (number, cells) in plain { pictures.add(number, cells) { body($0, number) } }
  }

  /// Number of bits in which the hashes of two pictures differ; 0 for pictures that are compared by their colours.
  public func distance(_ a: Int, _ b: Int) -> Int {
    guard places[a] >= 0, places[b] >= 0 else { return 0 }
    return hashes.distance(Int(places[a]), Int(places[b]))
  }
}
