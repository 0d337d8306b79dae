import Recognition

/// The end of an item: its record, or that it was dropped.
enum Completion: ChannelElement {
  case record(Outcome)
  /// Dropped without a record, because the run was stopped.
  case dropped(index: Int)

  var cost: Int { 1 }

  var index: Int {
    switch self {
    case .record(let outcome): outcome.index
    case .dropped(let index): index
    }
  }
}
