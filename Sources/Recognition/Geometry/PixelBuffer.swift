/// The order of the samples of a pixel.
public enum ChannelOrder: String, Sendable, Codable, CaseIterable {
  case rgb, bgr, grey

  public var count: Int { self == .grey ? 1 : 3 }
}

/// An 8-bit picture in its own memory: rows from the top, no padding, samples interleaved (HWC).
///
/// One worker writes it at a time; several may read the pixels of a `SourcePicture` at once.
// Unchecked: one writer at a time, by construction of the channels.
public final class PixelBuffer: @unchecked Sendable {
  public let capacity: Int
  public let base: UnsafeMutablePointer<UInt8>
  public private(set) var size: PixelSize
  public private(set) var order: ChannelOrder

  /// A buffer of `size` and `order` with undefined contents.
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

  /// Changes the shape; precondition: it fits the capacity.
  public func reshape(size: PixelSize, order: ChannelOrder) {
    precondition(size.area * order.count <= capacity)
    self.size = size
    self.order = order
  }
}
