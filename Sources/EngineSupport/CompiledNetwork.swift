import Foundation
import Platform

/// A network as an engine compiled it, mapped from a file of the cache.
///
/// The file ends with a SHA-256 of what is before it: engines read such files without checks of their own, and one that
/// was damaged on the disk would otherwise give other answers, or crash.
public final class CompiledNetwork {
  private let bytes: UnsafeRawBufferPointer
  private let file: MappedFile

  /// The last bytes of the file: what this is, and the digest.
  private static let signature = Array("imgrecN1".utf8)
  private static let trailer = signature.count + Digest.Algorithm.sha256.byteCount

  /// Maps the network in the file `path`; nil if it is missing, or its digest shows damage.
  public init?(_ path: String) {
    guard let file = try? MappedFile(RawPath(path)), file.bytes.count > Self.trailer else { return nil }
    self.file = file
    bytes = UnsafeRawBufferPointer(rebasing: file.bytes.dropLast(Self.trailer))
    guard file.bytes.suffix(Self.trailer).elementsEqual(Self.signature + Digest.of(bytes)) else { return nil }
  }

  /// Calls `body` with what the engine wrote; the memory is mapped as long as the object is there.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }

  /// Returns the pages that were read to the system; what is read again comes from the file.
  ///
  /// An engine arranges most weights anew when it opens a network: of text's 28 MB it then needs 17.
  public func returnPages() {
    madvise(UnsafeMutableRawPointer(mutating: file.bytes.baseAddress), file.bytes.count, MADV_DONTNEED)
  }

  /// Writes a network to the file `path` with its digest, all or nothing. Returns false if it cannot be written.
  @discardableResult
  public static func write(_ network: UnsafeRawBufferPointer, to path: String) -> Bool {
    do throws(FileError) {
      let file = try AtomicFile(RawPath(path))
      let end = signature + Digest.of(network)
      guard writeAll(file.descriptor, network) == 0, end.withUnsafeBytes({ writeAll(file.descriptor, $0) }) == 0 else {
        return false
      }
      _ = try file.commit(.overwrite)
      return true
    } catch {
      return false
    }
  }
}

/// The file into which an engine's library writes a network that it has compiled, on its way to the cache.
public struct ExportedNetwork {
  /// Unguessable, in the folder of the cache.
  public let path: String
  private let target: String

  /// `target` is the network's file in the cache.
  public init(for target: String) {
    self.target = target
    path = "\(target).\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
  }

  /// Moves the network to its place in the cache, with its digest, if the library wrote one. Returns false if the cache
  /// does not hold it.
  @discardableResult
  public func store() -> Bool {
    defer { unlink(path) }
    guard let file = try? MappedFile(RawPath(path)) else { return false }
    return file.withBytes { !$0.isEmpty && CompiledNetwork.write($0, to: target) }
  }
}
