/// Why a run cannot start or continue: a bad model, a full disk, a flag that contradicts another.
public struct SetupError: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }

  /// Runs `body`; rethrows its `SetupError`s as they are, and any other error as a `SetupError` of `prefix` and the
  /// error's description.
  public static func wrapping<Value>(_ prefix: String, _ body: () throws -> Value) throws(SetupError) -> Value {
    do { return try body() } catch let error as SetupError { throw error } catch {
      throw SetupError("\(prefix)\(error)")
    }
  }
}
