/// The pixels that crops and drawings are made from: the whole upright image, or a reduced one.
// Unchecked: the decoder writes the pixels and crop workers only read them; the annotator, which draws on them, runs
// after the last task of the image has completed and holds them alone.
public struct SourcePicture: @unchecked Sendable {
  public let transform: InputTransform
  public let pixels: PixelBuffer
  /// That of the file, for copies of the picture.
  public let metadata: ImageMetadata

  public init(transform: InputTransform, pixels: PixelBuffer, metadata: ImageMetadata = ImageMetadata()) {
    self.transform = transform
    self.pixels = pixels
    self.metadata = metadata
  }
}

/// Writes files for an image and its record: annotated copies, crops, masks. Called by several workers at once.
public protocol Annotator: Sendable {
  /// Returns the record with the names of the files, or with `fileFailure` if one could not be written.
  func annotate(_ outcome: Outcome, _ picture: SourcePicture) -> Outcome
}
