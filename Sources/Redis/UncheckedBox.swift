/// Carries a value that is not `Sendable`, and that one thread at a time uses, into or out of a lock.
struct UncheckedBox<Value>: @unchecked Sendable {  // used under the lock, or by the thread that took it out
  var value: Value
  init(_ value: Value) { self.value = value }
}
