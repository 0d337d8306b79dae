import Recognition

/// Counts the pages of files: pictures of a TIFF or HEIF, frames of a DICOM or GIF.
public enum PageCounter {
  /// The number of pages of the file `bytes`; 1 for a format without pages, and for bytes of none.
  ///
  /// A page counts if the file names it, also where it is damaged: it then fails by itself. Throws `unsupported` for more
  /// pages than are read one by one.
  public static func count(in bytes: UnsafeRawBufferPointer) throws(Failure) -> Int {
    guard let format = FormatSniffer.format(of: bytes), let pages = format.reader.pages else { return 1 }
    let found = pages(ByteReader(bytes))
    guard found.count <= found.limit else {
      throw Failure(
        .decode, .unsupported, "\(format): more than \(found.limit) pages; --pages first reads the first alone")
    }
    return max(1, found.count)
  }
}

/// A number of pages, and that up to which they are read one by one.
struct PageCount {
  var count: Int
  var limit: Int
}

extension ImageHeader {
  /// The warning that only the first page is read; nil if there are no others.
  public var pagesWarning: String? {
    guard pages > 1 else { return nil }
    return "\(format): \(pages) \(format.reader.pageUnit), the first is read"
  }
}

extension TIFF {
  /// The pages, a last one whose directory is outside the file included.
  static func pages(_ file: ByteReader) -> PageCount {
    // Each page is looked up along the chain, so that many take long; a chain of `maxPages` may have gone on.
    let limit = maxPages - 1
    let chain = TIFFStream(file)?.chain(limit: maxPages).directories.count ?? 0
    guard chain <= limit else { return PageCount(count: chain, limit: limit) }
    let found = pages(of: file)
    return PageCount(count: found.pages.count + (found.isCut ? 1 : 0), limit: limit)
  }

  /// The header of the page with index `page`.
  static func pageHeader(of file: ByteReader, _ page: Int) throws(Failure) -> ImageHeader {
    do throws(Failure) { return try header(of: file, page: page) } catch {
      let found = pages(of: file)
      guard found.isCut, page == found.pages.count else { throw error }
      throw Failure(.decode, .truncated, "tiff: the directory of page \(page + 1) is outside the file")
    }
  }
}

extension DICOM {
  /// The frames that the file states. Each takes eight bytes at least, so that a small file has no millions of them.
  static func pages(_ file: ByteReader) -> PageCount {
    let stated = (try? header(of: file).pages) ?? 1
    return PageCount(count: min(stated, file.count / 8 + 1), limit: (1 << 16) - 1)
  }
}
