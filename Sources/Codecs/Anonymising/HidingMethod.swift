import Recognition

/// What replaces a part of a picture.
public enum HidingMethod: String, Sendable, CaseIterable {
  /// A mosaic of few cells, each of their mean colour.
  case pixelate
  /// The same means, interpolated from cell to cell. Unlike a blur by convolution it cannot be undone: it holds nothing
  /// more than the mosaic.
  case blur
  /// One colour, the mean.
  case fill

  /// Cells along the longer side of a part. Faces found in the copies of 13 photos with 18 faces, by yunet, CenterFace and
  /// the SSD of OpenCV together, at their own thresholds:
  ///
  ///     cells       3   4   5   6   8
  ///     pixelate    0   2   0   2   3
  ///     blur        1   1   0   6  12
  private static let cells = 5

  /// Columns and rows of the cells of a part.
  func grid(of size: PixelSize) -> (columns: Int, rows: Int) {
    guard self != .fill else { return (1, 1) }
    let side = (max(size.width, size.height) + Self.cells - 1) / Self.cells
    return ((size.width + side - 1) / side, (size.height + side - 1) / side)
  }
}

/// A part of a picture to be made unrecognisable.
public struct HiddenPart: Sendable, Equatable {
  public var shape: HiddenShape
  public var method: HidingMethod

  public init(_ shape: HiddenShape, _ method: HidingMethod) {
    self.shape = shape
    self.method = method
  }
}

/// Metadata that a copy lacks.
public struct RemovedMetadata: OptionSet, Sendable, Hashable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let position = RemovedMetadata(rawValue: 1)
  /// Thumbnails, previews, depth maps, further pictures.
  public static let thumbnails = RemovedMetadata(rawValue: 2)
  /// Regions of faces with their names.
  public static let people = RemovedMetadata(rawValue: 4)
  /// Maker notes and other data of cameras and programs, which may hold previews.
  public static let makerData = RemovedMetadata(rawValue: 8)
  /// What could not be read, and so not be cleaned.
  public static let unreadable = RemovedMetadata(rawValue: 16)

  /// Each kind with its name.
  public static let names: [(kind: RemovedMetadata, name: String)] = [
    (.position, "positions"), (.thumbnails, "thumbnails"), (.people, "face regions"), (.makerData, "maker data"),
    (.unreadable, "unreadable metadata"),
  ]
}
