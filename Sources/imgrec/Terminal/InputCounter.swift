import Inputs
import Synchronization

/// Counts what a walk of its own finds, for the progress.
final class InputCounter: @unchecked Sendable {  // the walk is used by `count` alone, on one queue
  private let walk: DirectoryWalk
  private let counted = Mutex<Int?>(nil)

  init(walk: DirectoryWalk) { self.walk = walk }

  /// The number of inputs, once it is known.
  var total: Int? { counted.withLock { $0 } }

  func count() {
    var count = 0
    while walk.next() != nil { count += 1 }
    counted.withLock { $0 = count }
  }
}
