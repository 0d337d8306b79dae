/// What a page shows of an image.
public enum Thumbnail: Sendable, Equatable {
  /// A WebP file.
  case picture([UInt8])
  /// Why it has none.
  case missing(String)
  /// Left out, as its record says that it cannot be read, or as the page would grow too large.
  case none

  /// Bytes in the page.
  var size: Int {
    switch self {
    case .picture(let bytes): (bytes.count + 2) / 3 * 4
    case .missing(let reason): reason.utf8.count
    case .none: 0
    }
  }
}
