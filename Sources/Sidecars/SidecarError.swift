/// Why a sidecar is not changed.
public struct SidecarError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}
