import CEmbedded

/// Files of the source tree that are part of this program.
public enum EmbeddedFile {
  /// The bytes of file `name`, valid as long as the process; nil if there is no such file.
  public static func bytes(_ name: String) -> UnsafeRawBufferPointer? {
    let file = cembedded_find(name)
    return file.bytes.map { UnsafeRawBufferPointer(start: $0, count: file.size) }
  }

  /// The text of file `name`. Precondition: there is such a file.
  public static func text(_ name: String) -> String {
    guard let bytes = bytes(name) else { preconditionFailure("\(name) is not embedded in this program") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
