/// The order of the samples of a pixel.
public enum ChannelOrder: String, Sendable, Codable, CaseIterable {
  case rgb, bgr, grey

  public var count: Int { self == .grey ? 1 : 3 }
}

/// An 8-bit picture in memory of its own: rows from the top, no padding, samples interleaved (HWC).
///
/// Handed from one worker to the next and never shared: whoever holds it owns it.
public final class PixelBuffer: @unchecked Sendable {  // one owner at a time, by construction of the channels
  public let capacity: Int
  public let base: UnsafeMutablePointer<UInt8>
  public private(set) var size: PixelSize
  public private(set) var order: ChannelOrder

  /// Room for `size` at `order`, its bytes unset.
  public init(size: PixelSize, order: ChannelOrder) {
    capacity = max(1, size.area * order.count)
    base = .allocate(capacity: capacity)
    self.size = size
    self.order = order
  }

  deinit { base.deallocate() }

  public var stride: Int { size.width * order.count }
  public var byteCount: Int { stride * size.height }
  public var bytes: UnsafeMutableBufferPointer<UInt8> { .init(start: base, count: byteCount) }

  /// Gives the room another shape; precondition: it fits.
  public func reshape(size: PixelSize, order: ChannelOrder) {
    precondition(size.area * order.count <= capacity)
    self.size = size
    self.order = order
  }
}
