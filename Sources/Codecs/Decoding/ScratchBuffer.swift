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
}
