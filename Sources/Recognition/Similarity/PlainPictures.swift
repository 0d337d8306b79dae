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
    if !matches(cells, alike: body) {
      buckets[Self.bucket(of: cells), default: []].append(Entry(number: number, cells: cells))
    }
  }

  /// Calls `body` with the pictures so far that look like `cells`; returns whether one of them represents it.
  @discardableResult
  func matches(_ cells: [UInt8], alike body: (Int) -> Void) -> Bool {
    let key = Self.bucket(of: cells)
    var isRepresented = false
    for blue in -1...1 {
      for green in -1...1 {
        for red in -1...1 {
          for entry in buckets[key &+ SIMD4(blue, green, red, 0)] ?? [] {
            let difference = Self.difference(entry.cells, cells)
            guard difference <= Self.maxDifference else { continue }
            body(entry.number)
            isRepresented = isRepresented || difference <= Self.sameDifference
          }
        }
      }
    }
    return isRepresented
  }

  /// The largest difference of two samples.
  static func difference(_ a: [UInt8], _ b: [UInt8]) -> Int {
    zip(a, b).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
  }

  /// The cells of the mirrored picture.
  static func mirrored(_ cells: [UInt8]) -> [UInt8] {
    (0..<side * side).flatMap { cell in
      let other = cell / side * side + side - 1 - cell % side
      return cells[other * 3..<other * 3 + 3]
    }
  }

  private static func bucket(of cells: [UInt8]) -> SIMD4<Int> {
    var sums = SIMD4<Int>()
    for (index, value) in cells.enumerated() { sums[index % 3] += Int(value) }
    return sums / SIMD4(repeating: max(1, cells.count / 3) * bucketWidth)
  }
}
