/// A buffer that grows and is reused.
final class ScratchBuffer {
  private var base = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
  private var capacity = 1

  deinit { base.deallocate() }

  /// A buffer of at least `count` bytes. Its contents are kept only if it had that capacity already.
  func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    if count > capacity {
      base.deallocate()
      base = .allocate(capacity: count)
      capacity = count
    }
    return base
  }

  /// Gives the memory of a large picture back: what a worker keeps is not in the memory budget.
  func trim() {
    guard capacity > Self.largest else { return }
    base.deallocate()
    base = .allocate(capacity: 1)
    capacity = 1
  }

  /// Bytes that are kept for the next picture.
  private static let largest = 32 << 20
}
