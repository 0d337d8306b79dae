/// Why a run cannot start or continue: a bad model, a full disk, a flag that contradicts another.
public struct SetupError: Error, Sendable, CustomStringConvertible {
  public let description: String
  /// Whether the command line is at fault: the status of the process is then another.
  public let isUsage: Bool

  public init(_ description: String, isUsage: Bool = false) {
    self.description = description
    self.isUsage = isUsage
  }

  /// A mistake in the command line: a line that names it, and a line that names the way out.
  public static func usage(_ problem: String, _ advice: String) -> SetupError {
    SetupError("\(problem)\n\(advice)", isUsage: true)
  }

  /// Runs `body`; rethrows its `SetupError`s as they are, and any other error as a `SetupError` of `prefix` and the
  /// error's description.
  public static func wrapping<Value>(_ prefix: String, _ body: () throws -> Value) throws(SetupError) -> Value {
    do { return try body() } catch let error as SetupError { throw error } catch {
      throw SetupError("\(prefix)\(error)")
    }
  }
}
