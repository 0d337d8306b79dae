import Foundation
import Platform
import Recognition

/// Where a worker may read files that others name.
public struct PathSandbox: Sendable {
  /// With all links resolved and a slash at the end; nil: everywhere.
  private let prefix: [UInt8]?
  private let folder: RawPath?

  /// Throws where there is no such folder.
  public init(_ folder: String?) throws(SetupError) {
    guard let folder else {
      prefix = nil
      self.folder = nil
      return
    }
    guard let real = Self.real(RawPath(folder)) else {
      throw SetupError("cannot find the root \(folder): \(systemMessage())")
    }
    self.folder = real
    prefix = real.bytes.last == UInt8(ascii: "/") ? real.bytes : real.bytes + [UInt8(ascii: "/")]
  }

  /// The file of an item.
  ///
  /// Throws `outsideRoot` where the path leads out of the root, be it through a link.
  func place(of item: QueueItem) throws(Failure) -> RawPath {
    guard let prefix, let folder else { return item.absolute }
    let named = item.absolute.isAbsolute ? item.absolute : folder.appending(item.path.bytes)
    guard let real = Self.real(named) else {
      let code = errno
      // Whether something is there is nobody's business outside of the root.
      guard named.bytes.starts(with: prefix), !named.description.contains("/../") else { throw outside }
      throw Failure(.read, errno: code)
    }
    guard real.bytes.starts(with: prefix) else { throw outside }
    return real
  }

  private var outside: Failure { Failure(.read, .outsideRoot, "the path leads out of the worker's root") }

  private static func real(_ path: RawPath) -> RawPath? {
    guard let found = path.withCString({ realpath($0, nil) }) else { return nil }
    defer { free(found) }
    return RawPath(UnsafeRawBufferPointer(start: found, count: strlen(found)))
  }
}
