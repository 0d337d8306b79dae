/// A path as the file system holds it: bytes without a NUL, in any encoding.
///
/// Not `FilePath`, which normalises (`a//b`, trailing slashes): records give a path as it was named.
public struct RawPath: Hashable, Sendable, CustomStringConvertible {
  public let bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
  public init(_ string: String) { bytes = Array(string.utf8) }

  /// Path as text; bytes that are not UTF-8 are replaced by U+FFFD.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether `description` names the path exactly.
  public var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }

  public var isAbsolute: Bool { bytes.first == slash }

  /// Bytes after the last slash.
  public var lastComponent: ArraySlice<UInt8> {
    bytes[(bytes.lastIndex(of: slash).map { $0 + 1 } ?? bytes.startIndex)...]
  }

  /// Lower-cased text after the last dot of the last component; nil without one.
  public var fileExtension: String? {
    extensionDot.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self).lowercased() }
  }

  /// Path without the last dot of the last component and what follows it; the whole path without an extension.
  public var stem: ArraySlice<UInt8> { bytes[..<(extensionDot ?? bytes.endIndex)] }

  /// Index of the dot before the extension. Counted in bytes: the extension's text may have another length.
  private var extensionDot: Int? {
    let name = lastComponent
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex, dot + 1 < name.endIndex else {
      return nil
    }
    return dot
  }

  /// Returns the path with `component` after it, with one slash between them.
  public func appending(_ component: some Sequence<UInt8>) -> RawPath {
    var joined = bytes
    if let last = joined.last, last != slash { joined.append(slash) }
    joined.append(contentsOf: component)
    return RawPath(joined)
  }

  /// Calls `body` with the NUL-terminated path.
  public func withCString<R>(_ body: (UnsafePointer<CChar>) throws -> R) rethrows -> R {
    var terminated = bytes
    terminated.append(0)
    return try terminated.withUnsafeBufferPointer { buffer in
      try buffer.withMemoryRebound(to: CChar.self) { try body($0.baseAddress!) }
    }
  }
}

private let slash = UInt8(ascii: "/")
