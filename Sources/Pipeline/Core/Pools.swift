import Inputs
import Recognition

/// A free list of slots for each shape. It needs no bound on slots in use: the memory budget bounds them. Shapes that
/// are no longer asked for are released.
final class SlotPool: Sendable {
  private struct State {
    var free: [Shape: [PixelBuffer]] = [:]
    var freeBytes = 0
  }

  private struct Shape: Hashable {
    var size: PixelSize
    var order: ChannelOrder
  }

  private let monitor = Monitor(State())
  private let capacity: Int

  /// Keeps up to `capacity` bytes of unused slots.
  init(capacity: Int) { self.capacity = capacity }

  func acquire(size: PixelSize, order: ChannelOrder) -> PixelBuffer {
    let free = monitor.withLock { state -> PixelBuffer? in
      guard let slot = state.free[Shape(size: size, order: order)]?.popLast() else { return nil }
      state.freeBytes -= slot.capacity
      return slot
    }
    return free ?? PixelBuffer(size: size, order: order)
  }

  /// Releases the unused slots if they have more than `bytes`.
  func trim(to bytes: Int) {
    monitor.withLock { state in
      guard state.freeBytes > bytes else { return }
      state.free.removeAll()
      state.freeBytes = 0
    }
  }

  func release(_ slot: PixelBuffer) {
    let capacity = self.capacity
    monitor.withLock { state in
      if state.freeBytes + slot.capacity > capacity {
        state.free.removeAll()
        state.freeBytes = 0
      }
      guard slot.capacity <= capacity else { return }
      state.free[Shape(size: slot.size, order: slot.order), default: []].append(slot)
      state.freeBytes += slot.capacity
    }
  }
}

/// A free list of `FileBuffer`s, with a bound on the bytes of the files in memory.
final class FileBufferPool: Sendable {
  private struct State {
    var free: [FileBuffer] = []
    var bytes = 0
    /// Number of further owners of the buffers that have several.
    var sharers: [ObjectIdentifier: Int] = [:]
  }

  private let monitor = Monitor(State())
  private let capacity: Int
  private let inUse: MemoryBudget

  /// Keeps up to `capacity` bytes of unused buffers. As much as can be in use at once, and a run allocates none once it
  /// is warm: to free and allocate large blocks in turn makes a process grow.
  ///
  /// Files of up to `limit` bytes together are in memory, or one that is larger.
  init(capacity: Int, limit: Int = .max) {
    self.capacity = capacity
    inUse = MemoryBudget(limit: limit)
  }

  /// A buffer for a file of about `size` bytes; nil if other files have to leave first.
  func tryAcquire(_ size: Int) -> FileBuffer? { inUse.tryAcquire(size) ? buffer(reserving: size) : nil }

  /// A buffer for a file of about `size` bytes. Waits until other files have left, so the caller must hold none.
  func acquire(_ size: Int = 0) -> FileBuffer {
    inUse.acquire(size)
    return buffer(reserving: size)
  }

  private func buffer(reserving size: Int) -> FileBuffer {
    let buffer = unusedBuffer()
    buffer.reserved = size
    return buffer
  }

  private func unusedBuffer() -> FileBuffer {
    let free = monitor.withLock { state -> FileBuffer? in
      guard let buffer = state.free.popLast() else { return nil }
      state.bytes -= buffer.capacity
      return buffer
    }
    return free ?? FileBuffer()
  }

  /// Lets `count` owners read a buffer, each of which releases it.
  func share(_ buffer: FileBuffer, among count: Int) {
    guard count > 1 else { return }
    monitor.withLock { $0.sharers[ObjectIdentifier(buffer)] = count - 1 }
  }

  func release(_ buffer: FileBuffer) {
    let capacity = self.capacity
    let isShared = monitor.withLock { state in
      guard !state.sharers.isEmpty, let others = state.sharers[ObjectIdentifier(buffer)] else { return false }
      state.sharers[ObjectIdentifier(buffer)] = others > 1 ? others - 1 : nil
      return true
    }
    guard !isShared else { return }
    inUse.release(buffer.reserved)
    buffer.reserved = 0
    monitor.withLock { state in
      guard state.bytes + buffer.capacity <= capacity else { return }
      state.free.append(buffer)
      state.bytes += buffer.capacity
    }
  }
}
