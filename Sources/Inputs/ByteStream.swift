import Platform
import Recognition

/// The bytes of a descriptor in their order, some of which are read ahead to see what they are.
final class ByteStream {
  let descriptor: Int32
  private let ownsDescriptor: Bool
  /// Bytes that were read and not taken yet.
  private(set) var ahead: [UInt8] = []
  private(set) var isAtEnd = false

  static let blockSize = 64 * 1024

  init(_ descriptor: Int32, ownsDescriptor: Bool) {
    self.descriptor = descriptor
    self.ownsDescriptor = ownsDescriptor
  }

  deinit { if ownsDescriptor { close(descriptor) } }

  /// Reads on while `needsMore` says so of the bytes in `ahead`, at most to the end.
  func fill(while needsMore: ([UInt8]) -> Bool) throws(Failure) {
    while !isAtEnd, needsMore(ahead) {
      var block = [UInt8](repeating: 0, count: Self.blockSize)
      let got = try receive(&block)
      ahead.append(contentsOf: block[..<got])
    }
  }

  /// Reads the next bytes into `block`, those of `ahead` first; returns their number, 0 at the end.
  func copy(into block: inout [UInt8]) throws(Failure) -> Int {
    guard ahead.isEmpty else {
      let count = min(block.count, ahead.count)
      block.replaceSubrange(..<count, with: ahead[..<count])
      ahead.removeFirst(count)
      return count
    }
    return isAtEnd ? 0 : try receive(&block)
  }

  /// Takes `count` bytes of `ahead`.
  func take(_ count: Int) -> [UInt8] {
    defer { ahead.removeFirst(count) }
    return Array(ahead[..<count])
  }

  /// Waits for bytes, also if the descriptor is non-blocking.
  private func receive(_ block: inout [UInt8]) throws(Failure) -> Int {
    while true {
      let got = retrying { read(descriptor, &block, block.count) }
      if got < 0, errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&wait, 1, -1)
        continue
      }
      if got > 0 { return got }
      isAtEnd = true
      guard got == 0 else { throw Failure(.walk, errno: errno) }
      return 0
    }
  }
}
