import CCrypto

/// A digest made by the system's libcrypto, fed in pieces. One owner at a time.
///
/// libcrypto takes the processor's own instructions (SHA-NI), and being the system's it need not be built.
public final class Digest {
  /// What libcrypto calls a method; looked up once, as a lookup costs more than a small file.
  public struct Algorithm: @unchecked Sendable {  // libcrypto's methods never change once they are fetched
    fileprivate let method: OpaquePointer

    fileprivate init(_ name: String) {
      guard let method = EVP_MD_fetch(nil, name, nil) else { preconditionFailure("libcrypto has no \(name)") }
      self.method = method
    }

    /// Of a digest.
    public var byteCount: Int { Int(EVP_MD_get_size(method)) }

    /// 32 bytes; what files and questions are named by.
    public static let sha256 = Algorithm("SHA256")
    /// 20 bytes; only for what names its things by it, as Redis its scripts.
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

  public func update(_ bytes: UnsafeRawBufferPointer) {
    let isTaken = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(isTaken == 1, "libcrypto cannot go on with a digest")
  }

  /// The digest of all that was given; nothing may be given afterwards.
  public func finalize() -> [UInt8] {
    let wanted = algorithm.byteCount
    return [UInt8](unsafeUninitializedCapacity: wanted) { room, count in
      let isMade = EVP_DigestFinal_ex(context, room.baseAddress, nil)
      precondition(isMade == 1, "libcrypto cannot end a digest")
      count = wanted
    }
  }

  /// The digest of bytes that are there as a whole.
  public static func of(_ bytes: UnsafeRawBufferPointer, by algorithm: Algorithm = .sha256) -> [UInt8] {
    let digest = Digest(algorithm)
    digest.update(bytes)
    return digest.finalize()
  }

  public static func of(_ bytes: some Sequence<UInt8>, by algorithm: Algorithm = .sha256) -> [UInt8] {
    bytes.withContiguousStorageIfAvailable { of(UnsafeRawBufferPointer($0), by: algorithm) }
      ?? Array(bytes).withUnsafeBytes { of($0, by: algorithm) }
  }
}

/// Lower-case hexadecimal digits, two a byte.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
