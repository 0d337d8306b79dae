import Platform
import Recognition

/// The records of one path in a file that is continued, to find out whether they are complete: one for the file, or one
/// for each of its pages.
struct ResumedPages {
  /// Indices of the entries of each page; a file that is read as one has page 0.
  private var entries: [Int: Int] = [:]
  private var count: Int?

  /// Adds the record of an entry; the first of a page counts.
  mutating func add(_ entry: Int, _ head: RecordHead) {
    let number = head.page?.number ?? 0
    if entries[number] == nil { entries[number] = entry }
    if let page = head.page { count = max(count ?? 0, page.count) }
  }

  /// The entries of a file whose records are complete, in the order of its pages; nil if one is missing.
  var complete: [Int]? {
    if let whole = entries[0] { return [whole] }
    guard let count, count <= entries.count else { return nil }
    let found = (1...count).compactMap { entries[$0] }
    return found.count == count ? found : nil
  }
}
