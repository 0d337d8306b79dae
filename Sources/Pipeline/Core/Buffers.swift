import Recognition

/// The buffers of a run, and the budget of decoded pixels and tensors that bounds them.
struct Buffers: Sendable {
  let slots: SlotPool
  let files = FileBufferPool(capacity: 64 << 20)
  let memory: MemoryBudget

  /// Returns a slot and what it holds of the budget.
  func release(_ slot: PixelBuffer) {
    memory.release(slot.byteCount)
    slots.release(slot)
  }
}
