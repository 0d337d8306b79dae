import Recognition

/// Counts the pages of files: directories of a TIFF, frames of a DICOM.
public enum PageCounter {
  /// The number of pages of the file `bytes`, at most `limit`; 1 for a format without pages, and for bytes of none.
  ///
  /// A page counts if the file names it, also where it is damaged: it then fails by itself.
  public static func count(in bytes: UnsafeRawBufferPointer, limit: Int) -> Int {
    guard let format = FormatSniffer.format(of: bytes), let pages = format.reader.pages else { return 1 }
    return max(1, min(limit, pages(ByteReader(bytes), limit)))
  }
}

extension ImageHeader {
  /// The warning that only the first page is read; nil if there are no others, or if the page was chosen.
  public var pagesWarning: String? {
    guard pages > 1, page == nil else { return nil }
    return "\(format): \(pages) \(format == .dicom ? "frames" : "pages"), the first is read"
  }
}
