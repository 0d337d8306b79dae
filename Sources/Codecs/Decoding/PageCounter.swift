import Recognition

/// Counts the pages of files: pictures of a TIFF, frames of a DICOM.
public enum PageCounter {
  /// Number of pages above which a file is not read page by page.
  public static let maxPages = TIFF.maxPages - 1

  /// The number of pages of the file `bytes`; 1 for a format without pages, and for bytes of none; nil for more than
  /// `maxPages`.
  ///
  /// A page counts if the file names it, also where it is damaged: it then fails by itself.
  public static func count(in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let format = FormatSniffer.format(of: bytes), let pages = format.reader.pages else { return 1 }
    let count = max(1, pages(ByteReader(bytes)))
    return count <= maxPages ? count : nil
  }
}

extension ImageHeader {
  /// The warning that only the first page is read; nil if there are no others.
  public var pagesWarning: String? {
    guard pages > 1 else { return nil }
    return "\(format): \(pages) \(format == .dicom ? "frames" : "pages"), the first is read"
  }
}

extension TIFF {
  /// The number of pages, a last one whose directory is outside the file included; the limit of the chain if it is
  /// reached.
  static func pageCount(of file: ByteReader) -> Int {
    let found = pages(of: file)
    return max(1, found.pages.count + (found.isCut ? 1 : 0))
  }
}
