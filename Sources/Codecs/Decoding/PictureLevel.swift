import Recognition

/// A smaller version of a picture within its file: a level of a pyramid.
struct PictureLevel: Sendable {
  /// Size as stored.
  var size: PixelSize
  /// Offset of its directory.
  var directory: Int
  /// Bytes that a library needs beside the decoded pixels.
  var libraryBytes: Int
}

extension ImageHeader {
  /// Factor by which a level must exceed the resized picture, in both axes: that of the reductions of JPEG.
  private static let headroom = 2

  /// The header of the smallest level that suffices for every transform; that of the picture itself if none does.
  func reduced(for transforms: [InputTransform]) -> ImageHeader {
    let found = levels.first { level in
      transforms.allSatisfy { transform in
        let resized = orientation.swapsAxes ? transform.resized.transposed : transform.resized
        return level.size.width / Self.headroom >= resized.width && level.size.height / Self.headroom >= resized.height
      }
    }
    guard let found, !transforms.isEmpty else { return self }
    var header = self
    header.storedSize = found.size
    header.directory = found.directory
    header.libraryBytes = found.libraryBytes
    header.levels = []
    return header
  }
}
