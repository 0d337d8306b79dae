import CArchive
import Recognition

/// Unpacks a stream of gzip or zlib data, block by block.
final class Inflater {
  private let stream: ByteStream
  private let state: OpaquePointer
  private var block = [UInt8](repeating: 0, count: ByteStream.blockSize)
  /// The part of `block` that is not unpacked yet.
  private var rest = 0..<0
  private var isAtEnd = false

  init(_ stream: ByteStream) throws(Failure) {
    guard let opened = carchive_inflater_open() else { throw Self.outOfMemory }
    state = opened
    self.stream = stream
  }

  deinit { carchive_inflater_close(state) }

  /// Unpacks the next bytes into `target`; returns their number, 0 at the end.
  func copy(into target: inout [UInt8]) throws(Failure) -> Int {
    while !isAtEnd {
      if rest.isEmpty { rest = 0..<(try stream.copy(into: &block)) }
      guard !rest.isEmpty else {
        isAtEnd = true
        throw Failure(.walk, .truncated, "the compressed data end before their end mark")
      }
      let (status, taken, given) = Self.unpack(state, block[rest], into: &target)
      rest = (rest.lowerBound + taken)..<rest.upperBound
      switch status {
      case carchive_inflated_end: try end()
      case carchive_inflated_damaged:
        isAtEnd = true
        throw Failure(.walk, .corrupt, "the compressed data are damaged")
      default: break
      }
      if given > 0 { return given }
    }
    return 0
  }

  /// Continues with a further part, as gzip files have that were joined. Other bytes after the end are padding.
  private func end() throws(Failure) {
    if rest.isEmpty { rest = 0..<(try stream.copy(into: &block)) }
    guard !rest.isEmpty, block[rest.lowerBound] == 0x1f else {
      isAtEnd = true
      return
    }
    guard carchive_inflater_restart(state) != 0 else { throw Self.outOfMemory }
  }

  /// Unpacks at most `count` bytes of the beginning of compressed data; none if they are damaged there.
  static func beginning(of packed: [UInt8], _ count: Int) -> [UInt8] {
    guard let state = carchive_inflater_open() else { return [] }
    defer { carchive_inflater_close(state) }
    var target = [UInt8](repeating: 0, count: count)
    let (_, _, given) = unpack(state, packed[...], into: &target)
    return Array(target.prefix(given))
  }

  private static func unpack(
    _ state: OpaquePointer, _ bytes: ArraySlice<UInt8>, into target: inout [UInt8]
  ) -> (status: carchive_inflated, taken: Int, given: Int) {
    var (taken, given) = (0, 0)
    let status = bytes.withUnsafeBytes { source in
      carchive_inflate(state, source.baseAddress, source.count, &taken, &target, target.count, &given)
    }
    return (status, taken, given)
  }

  private static let outOfMemory = Failure(.walk, .outOfMemory, "the compressed data cannot be opened")
}
