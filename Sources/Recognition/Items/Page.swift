/// The pages that are read of a file with several.
public enum PageSelection: String, CaseIterable, Sendable { case first, all }

/// One page of a file with several, when each has a record of its own.
public struct Page: Hashable, Sendable {
  /// From 1.
  public let number: Int
  /// Number of pages of the file.
  public let count: Int

  public init(_ number: Int, of count: Int) {
    self.number = number
    self.count = count
  }

  public var index: Int { number - 1 }
  public var isLast: Bool { number == count }
}
