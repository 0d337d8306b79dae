import Inputs
import Recognition

/// A free list of slots for each shape. Its size needs no bound of its own: what can be out at once is bounded by the
/// memory budget, and shapes that are no longer asked for are let go.
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
  private let keep: Int

  /// Keeps up to `keep` bytes of slots that nobody uses.
  init(keep: Int) { self.keep = keep }

  func acquire(size: PixelSize, order: ChannelOrder) -> PixelBuffer {
    let found = monitor.withLock { state -> PixelBuffer? in
      guard let slot = state.free[Shape(size: size, order: order)]?.popLast() else { return nil }
      state.freeBytes -= slot.capacity
      return slot
    }
    return found ?? PixelBuffer(size: size, order: order)
  }

  func release(_ slot: PixelBuffer) {
    let keep = self.keep
    monitor.withLock { state in
      if state.freeBytes + slot.capacity > keep {
        state.free.removeAll()
        state.freeBytes = 0
      }
      guard slot.capacity <= keep else { return }
      state.free[Shape(size: slot.size, order: slot.order), default: []].append(slot)
      state.freeBytes += slot.capacity
    }
  }
}

/// A free list of `FileBuffer`s.
final class FileBufferPool: Sendable {
  private struct State {
    var free: [FileBuffer] = []
    var bytes = 0
  }

  private let monitor = Monitor(State())
  private let keep: Int

  /// Keeps up to `keep` bytes of buffers that nobody uses. As much as can be out at once, and a run allocates none once
  /// it is warm: to free and allocate large blocks in turn makes a process grow.
  init(keep: Int) { self.keep = keep }

  func acquire() -> FileBuffer {
    let found = monitor.withLock { state -> FileBuffer? in
      guard let buffer = state.free.popLast() else { return nil }
      state.bytes -= buffer.capacity
      return buffer
    }
    return found ?? FileBuffer()
  }

  func release(_ buffer: FileBuffer) {
    let keep = self.keep
    monitor.withLock { state in
      guard state.bytes + buffer.capacity <= keep else { return }
      state.free.append(buffer)
      state.bytes += buffer.capacity
    }
  }
}
