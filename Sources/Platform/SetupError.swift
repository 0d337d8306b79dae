/// Why a run cannot begin, or cannot go on: a bad model, no disk, a flag that contradicts another.
public struct SetupError: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
