import Foundation
import Platform
import Recognition

/// Restricts the files that a worker reads, as others name them, to a folder.
public struct PathSandbox: Sendable {
  /// The folder with all links resolved and a slash at the end; nil: no restriction.
  private let prefix: [UInt8]?
  private let folder: RawPath?

  /// nil: no restriction. Throws if the folder does not exist.
  public init(_ folder: String?) throws(SetupError) {
    guard let folder else {
      prefix = nil
      self.folder = nil
      return
    }
    guard let real = Self.real(RawPath(folder)) else {
      throw SetupError("cannot open the root \(folder): \(systemMessage())")
    }
    self.folder = real
    prefix = real.bytes.last == UInt8(ascii: "/") ? real.bytes : real.bytes + [UInt8(ascii: "/")]
  }

  /// Returns the path of an item's file.
  ///
  /// Throws `outsideRoot` if the path leads out of the root, through a link or not.
  func resolve(_ item: QueueItem) throws(Failure) -> RawPath {
    guard let prefix, let folder else { return item.absolute }
    let named = item.absolute.isAbsolute ? item.absolute : folder.appending(item.path.bytes)
    guard let real = Self.real(named) else {
      let code = errno
      // Outside of the root the failure must not reveal whether the file exists.
      guard named.bytes.starts(with: prefix), !named.description.contains("/../") else { throw outside }
      throw Failure(.read, errno: code)
    }
    guard real.bytes.starts(with: prefix) else { throw outside }
    return real
  }

  private var outside: Failure { Failure(.read, .outsideRoot, "the path is outside of the worker's root") }

  private static func real(_ path: RawPath) -> RawPath? {
    guard let found = path.withCString({ realpath($0, nil) }) else { return nil }
    defer { free(found) }
    return RawPath(UnsafeRawBufferPointer(start: found, count: strlen(found)))
  }
}
