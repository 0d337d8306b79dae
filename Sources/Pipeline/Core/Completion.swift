import Recognition

/// The end of an item, or of one page of it: its record, or that it was dropped.
enum Completion: ChannelElement {
  case record(Outcome)
  /// Dropped without a record, because the run was stopped.
  case dropped(index: Int, page: Page? = nil)

  var cost: Int { 1 }

  var place: Place {
    switch self {
    case .record(let outcome): Place(index: outcome.index, page: outcome.page?.index ?? 0)
    case .dropped(let index, let page): Place(index: index, page: page?.index ?? 0)
    }
  }

  /// The place of what comes next in the order of the inputs.
  var followingPlace: Place {
    let page =
      switch self {
      case .record(let outcome): outcome.page
      case .dropped(_, let page): page
      }
    guard let page, !page.isLast else { return Place(index: place.index + 1) }
    return Place(index: place.index, page: page.index + 1)
  }
}

/// A place in the order of the inputs, in which the pages of a file follow one another.
struct Place: Hashable {
  var index: Int
  /// Index of the page; 0 for a file that is read as one.
  var page = 0
}
