import Recognition

/// The buffers of a run, and the budget of decoded pixels and tensors that bounds them.
struct Buffers: Sendable {
  let slots: SlotPool
  let files: FileBufferPool
  let memory: MemoryBudget

  /// For a run with `bytes` of decoded pixels and tensors, of which `unusedSlots` may be slots that are kept for later.
  /// Files have an eighth of `bytes` beside it.
  init(memory bytes: Int, unusedSlots: Int) {
    slots = SlotPool(capacity: unusedSlots)
    files = FileBufferPool(capacity: 64 << 20, limit: max(64 << 20, bytes / 8))
    memory = MemoryBudget(limit: bytes)
  }

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
