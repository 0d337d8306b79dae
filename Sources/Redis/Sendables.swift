import Foundation

/// Carries what one thread at a time uses across a lock.
struct Sendables<Value>: @unchecked Sendable {  // touched under the lock, or by the one who took it out
  var value: Value
  init(_ value: Value) { self.value = value }
}
