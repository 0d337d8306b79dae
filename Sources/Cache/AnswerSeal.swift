import Platform
import Recognition

/// The checksum with which stores hold an answer: eight bytes after it, of the SHA-256 of its key and its bytes. An
/// answer that was damaged, or belongs to another image or query, is not found.
enum AnswerSeal {
  private static let length = 8

  /// Returns the bytes that a store holds for `value`.
  static func seal(_ value: [UInt8], of key: AnswerKey) -> [UInt8] {
    value + checksum(value[...], image: key.image, query: key.query.number)
  }

  /// Returns the answer in the bytes that a store holds; nil if they are damaged, or another key's.
  static func open(_ stored: some Collection<UInt8>, of key: AnswerKey) -> [UInt8]? {
    open(stored, image: key.image, query: key.query.number)
  }

  static func open(_ stored: some Collection<UInt8>, image: [UInt8], query: Int64) -> [UInt8]? {
    guard stored.count > length else { return nil }
    let value = Array(stored.dropLast(length))
    return stored.suffix(length).elementsEqual(checksum(value[...], image: image, query: query)) ? value : nil
  }

  private static func checksum(_ value: ArraySlice<UInt8>, image: [UInt8], query: Int64) -> ArraySlice<UInt8> {
    let digest = Digest()
    withUnsafeBytes(of: query.littleEndian) { digest.update($0) }
    image.withUnsafeBytes { digest.update($0) }
    value.withUnsafeBytes { digest.update($0) }
    return digest.finalize().prefix(length)
  }
}
