import Recognition

/// DICOM files: the size alone.
enum DICOM {
  /// Best effort: rows and columns if they are in the first 64 KB, with explicit or implicit value representations.
  static func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    guard let height = value(file, element: 0x10), let width = value(file, element: 0x11), width > 0, height > 0 else {
      throw Failure(.decode, .corrupt, "dicom: no size")
    }
    return ImageHeader(format: .dicom, storedSize: PixelSize(width: width, height: height), orientation: nil)
  }

  /// The 16-bit value of an element of group 0028.
  private static func value(_ file: ByteReader, element: Int) -> Int? {
    for at in stride(from: 132, to: min(file.count, 64 << 10), by: 2)
    where file.le16(at) == 0x28 && file.le16(at + 2) == element {
      if file.has("US\u{2}\0", at: at + 4) || file.le32(at + 4) == 2 { return file.le16(at + 8) }
    }
    return nil
  }
}
