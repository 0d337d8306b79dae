import Recognition

/// The buffers of a run, and the budget of decoded pixels and tensors that bounds them.
struct Buffers: Sendable {
  let slots: SlotPool
  let files = FileBufferPool(capacity: 64 << 20)
  let memory: MemoryBudget

  /// Waits for `bytes` of the budget. Slots that are kept for later give way to them.
  func acquire(_ bytes: Int) {
    memory.acquire(bytes)
    slots.trim(to: memory.left)
  }

  /// Returns a slot and what it holds of the budget.
  func release(_ slot: PixelBuffer) {
    memory.release(slot.byteCount)
    slots.release(slot)
  }
}
