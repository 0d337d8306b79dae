import CCrypto

/// A digest computed by the system's libcrypto, fed in pieces. One owner at a time.
///
/// libcrypto uses the processor's own instructions (SHA-NI), and need not be built with this package.
public final class Digest {
  /// A method of libcrypto; fetched once, as a fetch costs more than digesting a small file.
  public struct Algorithm: @unchecked Sendable {  // libcrypto's methods never change once they are fetched
    fileprivate let method: OpaquePointer

    fileprivate init(_ name: String) {
      guard let method = EVP_MD_fetch(nil, name, nil) else { preconditionFailure("libcrypto has no \(name)") }
      self.method = method
    }

    /// Digest length in bytes.
    public var byteCount: Int { Int(EVP_MD_get_size(method)) }

    /// 32 bytes; identifies files and queries.
    public static let sha256 = Algorithm("SHA256")
    /// 20 bytes; only for protocols that require it, as Redis for its scripts.
    public static let sha1 = Algorithm("SHA1")
  }

  private let context: OpaquePointer
  private let algorithm: Algorithm

  public init(_ algorithm: Algorithm = .sha256) {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    self.context = context
    self.algorithm = algorithm
    let isReady = EVP_DigestInit_ex2(context, algorithm.method, nil)
    precondition(isReady == 1, "libcrypto cannot begin a digest")
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds `bytes` to the digest.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    let isUpdated = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(isUpdated == 1, "libcrypto cannot continue a digest")
  }

  /// Returns the digest of all bytes added; no calls may follow.
  public func finalize() -> [UInt8] {
    let length = algorithm.byteCount
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      let isFinal = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      precondition(isFinal == 1, "libcrypto cannot end a digest")
      count = length
    }
  }

  /// Returns the digest of bytes that are in memory as a whole.
  public static func of(_ bytes: UnsafeRawBufferPointer, by algorithm: Algorithm = .sha256) -> [UInt8] {
    let digest = Digest(algorithm)
    digest.update(bytes)
    return digest.finalize()
  }

  /// Returns the digest of a sequence of bytes.
  public static func of(_ bytes: some Sequence<UInt8>, by algorithm: Algorithm = .sha256) -> [UInt8] {
    bytes.withContiguousStorageIfAvailable { of(UnsafeRawBufferPointer($0), by: algorithm) }
      ?? Array(bytes).withUnsafeBytes { of($0, by: algorithm) }
  }
}

/// Returns lower-case hexadecimal digits, two per byte.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
