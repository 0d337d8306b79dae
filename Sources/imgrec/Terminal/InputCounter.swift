import Inputs
import Synchronization

/// Counts inputs in a walk of its own, for the progress display.
final class InputCounter: @unchecked Sendable {  // only `count` uses the walk, on one queue
  private let walk: DirectoryWalk
  private let counted = Mutex<Int?>(nil)

  init(walk: DirectoryWalk) { self.walk = walk }

  /// The number of inputs; nil until the walk has ended.
  var total: Int? { counted.withLock { $0 } }

  /// Walks over all inputs and publishes their number.
  func count() {
    var count = 0
    while walk.next() != nil { count += 1 }
    counted.withLock { $0 = count }
  }
}
