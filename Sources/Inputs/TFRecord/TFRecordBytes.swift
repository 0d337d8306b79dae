import Platform
import Recognition

/// The bytes of a TFRecord file in their order, unpacked if it is compressed.
final class TFRecordBytes {
  private let stream: ByteStream
  private let inflater: Inflater?
  private var block = [UInt8](repeating: 0, count: 256 * 1024)
  /// The part of `block` that is not taken yet.
  private var rest = 0..<0
  /// Number of bytes taken, as they are when unpacked.
  private(set) var position: UInt64 = 0

  var isCompressed: Bool { inflater != nil }

  init(_ stream: ByteStream) throws(Failure) {
    try stream.fill { $0.count < StreamContent.headLength }
    let head = stream.ahead
    let form = TFRecordForm(head) ?? (head.starts(with: [0x1f, 0x8b, 8]) ? .compressed : .plain)
    self.stream = stream
    switch form {
    case .plain: inflater = nil
    case .compressed: inflater = try Inflater(stream)
    }
  }

  /// Appends the next `count` bytes to `bytes`, fewer at the end of the file. Memory grows as they arrive.
  func append(_ count: Int, to bytes: inout [UInt8]) throws(Failure) {
    var left = count
    while left > 0, try fill() {
      let part = rest.prefix(left)
      bytes.append(contentsOf: block[part])
      take(part.count)
      left -= part.count
    }
  }

  /// Passes over the next `count` bytes; returns whether there were as many.
  func skip(_ count: UInt64) throws(Failure) -> Bool {
    var left = count
    while left > 0, try fill() {
      let part = Int(min(left, UInt64(rest.count)))
      take(part)
      left -= UInt64(part)
    }
    return left == 0
  }

  private func take(_ count: Int) {
    rest = (rest.lowerBound + count)..<rest.upperBound
    position += UInt64(count)
  }

  /// Ensures that `rest` has bytes; returns false at the end.
  private func fill() throws(Failure) -> Bool {
    guard rest.isEmpty else { return true }
    let got = if let inflater { try inflater.copy(into: &block) } else { try stream.copy(into: &block) }
    rest = 0..<got
    return !rest.isEmpty
  }
}
