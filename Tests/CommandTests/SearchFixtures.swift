import Foundation

/// Records with vectors, and the search over them as one would write it down.
struct VectorSet {
  static let model = "made@00000000"

  var vectors: [[Float]]
  var names: [String]

  /// Vectors of numbers that a hash gives: the same in every run.
  init(count: Int, dim: Int) {
    var state: UInt64 = 1
    func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
    }
    vectors = (0..<count).map { _ in (0..<dim).map { _ in next() } }
    names = (0..<count).map { "p/\($0).jpg" }
  }

  static func base64(_ vector: [Float]) -> String {
    vector.withUnsafeBytes { Data($0) }.base64EncodedString()
  }

  /// A record as scan writes it; `embed` is the value of its key.
  static func record(_ path: String, embed: String, model: String = model, rest: String = "") -> String {
    #"{"schema":"imgrec/1","path":"\#(path)","status":"ok","models":{"embed":"\#(model)"},"#
      + #""engines":{"embed":"opencv"},"cache":"off","ms":{"read":0.1},"embed":\#(embed)\#(rest)}"#
  }

  static let failure =
    #"{"schema":"imgrec/1","path":"p/bad.jpg","status":"error","#
    + #""error":{"stage":"decode","code":"truncated","message":"the file is cut off"}}"#

  /// Records that hold their vectors.
  var lines: [String] {
    zip(names, vectors).map { name, vector in
      Self.record(name, embed: #"{"dim":\#(vector.count),"values":"\#(Self.base64(vector))"}"#)
    }
  }

  /// Records whose vectors are rows of `file`.
  func rows(of file: String) -> [String] {
    names.enumerated().map { row, name in
      Self.record(name, embed: #"{"dim":\#(vectors[row].count),"file":"\#(file)","row":\#(row)}"#)
    }
  }

  /// A NumPy file; `type` is `<f4` or `<f2`.
  func numpy(type: String = "<f4") -> Data {
    let numbers = vectors.joined()
    let bytes =
      type == "<f2"
      ? Array(numbers.map { Self.half($0) }).withUnsafeBytes { Data($0) }
      : Array(numbers).withUnsafeBytes { Data($0) }
    return Self.header(type, "(\(vectors.count), \(vectors[0].count))") + bytes
  }

  static func header(_ type: String, _ shape: String, fortran: String = "False") -> Data {
    let text = "{'descr': '\(type)', 'fortran_order': \(fortran), 'shape': \(shape), }"
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    return Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(text.utf8))
      + Data(repeating: 0x20, count: length - 1 - text.utf8.count) + Data([0x0a])
  }

  /// The bits of a number of the normal range of f16, cut.
  static func half(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard value.magnitude >= 0x1p-14 else { return UInt16(bits >> 16) & 0x8000 }
    return UInt16(bits >> 16) & 0x8000 | UInt16((bits >> 13 & 0x3ffff) - (112 << 10))
  }

  static func cosine(_ one: [Float], _ other: [Float]) -> Double {
    var (product, first, second) = (0.0, 0.0, 0.0)
    for (a, b) in zip(one, other) {
      product += Double(a) * Double(b)
      first += Double(a) * Double(a)
      second += Double(b) * Double(b)
    }
    return product / (first.squareRoot() * second.squareRoot())
  }

  /// The nearest names and their scores, that of the query left out.
  func nearest(to query: Int, _ count: Int) -> [(name: String, score: Double)] {
    let all = names.indices.filter { $0 != query }.map { (index: $0, score: Self.cosine(vectors[query], vectors[$0])) }
    return all.sorted { ($1.score, $0.index) < ($0.score, $1.index) }.prefix(count).map { (names[$0.index], $0.score) }
  }
}
