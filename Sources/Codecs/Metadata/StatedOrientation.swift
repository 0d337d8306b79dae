import Recognition

extension Orientation {
  /// The orientation that EXIF data of a HEIC, HEIF, AVIF or JPEG XL file states; nil if none does.
  ///
  /// Their containers turn the picture themselves, so that it is no instruction to a decoder. But programs that write
  /// coordinates into such files count in the picture before it is turned, as in a JPEG.
  public static func stated(in bytes: UnsafeRawBufferPointer) -> Orientation? {
    let file = ByteReader(bytes)
    guard file.has("ftyp", at: 4) || file.has("JXL ", at: 4) else { return nil }
    return MetadataBlocks(of: file, keepsOrientation: true).orientation
  }
}
