import CPNG
import Recognition

/// DICOM files (PS3.10): the header, read by a walk over their elements.
enum DICOM {
  static let rows = 0x0028_0010
  static let columns = 0x0028_0011
  static let pixelData = 0x7FE0_0010

  /// Bytes of an inflated data set in which its pixel data must begin.
  private static let maxInflatedHeader = 64 << 20
  /// Bytes of an inflated data set up to the end of the frame that is read.
  private static let maxInflated = 1 << 30

  /// Whether a file begins with "DICM" after its preamble; or, without preamble, with two elements of the meta
  /// information or of group 8, which every data set has, in ascending order.
  static func isDICOM(_ file: ByteReader) -> Bool {
    if file.has("DICM", at: 128) { return true }
    guard let group = file.le16(0), group == 2 || group == 8, let first = file.le16(2), first <= 0x18 else {
      return false
    }
    let hasLetters = isCapital(file.u8(4)) && isCapital(file.u8(5))
    guard let length = hasLetters ? file.le16(6) : file.le32(4), length <= 64, length % 2 == 0 else { return false }
    guard file.le16(8 + length) == group, let second = file.le16(10 + length) else { return false }
    return second > first && (!hasLetters || (isCapital(file.u8(12 + length)) && isCapital(file.u8(13 + length))))
  }

  private static func isCapital(_ byte: Int?) -> Bool { byte.map { (65...90).contains($0) } ?? false }

  /// The header, for the frame with index `frame`.
  static func header(of file: ByteReader, frame: Int = 0) throws(Failure) -> ImageHeader {
    let (start, syntax, uid) = try beginning(of: file)
    let image = try withDataSet(of: file, from: start, syntax, sizes: inflatedHeaderSizes(file)) {
      (set, isWhole) throws(Failure) in try DICOMImage(set, syntax: syntax, uid: uid, isWhole: isWhole)
    }
    var header = ImageHeader(format: .dicom, storedSize: image.size, orientation: nil, warnings: image.warnings)
    header.libraryBytes = image.libraryBytes + (syntax == .deflated ? image.end(of: frame) : 0)
    header.page = frame
    header.pages = image.frames
    header.fault = image.fault
    return header
  }

  /// The file of one frame that DCMTK reads: uncompressed, or with the fragments of the frame.
  static func rebuilt(_ file: ByteReader, frame: Int = 0) throws(Failure) -> [UInt8] {
    let (start, syntax, uid) = try beginning(of: file)
    var sizes = inflatedHeaderSizes(file)
    if syntax == .deflated {
      let image = try withDataSet(of: file, from: start, syntax, sizes: sizes) {
        (set, isWhole) throws(Failure) in try DICOMImage(set, syntax: syntax, uid: uid, isWhole: isWhole)
      }
      sizes = [image.end(of: frame)]
      guard sizes[0] <= maxInflated else {
        throw Failure(.decode, .unsupported, "dicom: more than \(maxInflated >> 20) MiB when inflated")
      }
    }
    return try withDataSet(of: file, from: start, syntax, sizes: sizes) { (set, _) throws(Failure) in
      let image = try DICOMImage(set, syntax: syntax, uid: uid, isWhole: true)
      if let fault = image.fault { throw fault }
      return try DICOMFrame(set, image, index: frame).file()
    }
  }

  /// Sizes to which the beginning of a deflated data set is inflated, until one of them reaches the pixel data.
  private static func inflatedHeaderSizes(_ file: ByteReader) -> [Int] { [1 << 20, 8 << 20, maxInflatedHeader] }

  /// Where the data set begins, and its transfer syntax.
  private static func beginning(of file: ByteReader) throws(Failure) -> (Int, DICOMTransferSyntax, uid: String) {
    let start = file.has("DICM", at: 128) ? 132 : 0
    let meta = try DICOMDataSet(file, range: start..<file.count, isExplicit: true, isBigEndian: false, group: 2)
    let body = max(start, meta.end)
    let stated = meta.text(0x0002_0010)
    // Some files state the wrong kind of representation, and those without meta information none.
    let hasLetters = isCapital(file.u8(body + 4)) && isCapital(file.u8(body + 5))
    var syntax = DICOMTransferSyntax(uid: stated ?? (hasLetters ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2"))
    if case .native(false, let isBigEndian) = syntax, hasLetters {
      syntax = .native(isExplicit: true, isBigEndian: isBigEndian)
    }
    return (body, syntax, stated ?? "")
  }

  /// Calls `body` with the data set, inflated to one of `sizes` if it is deflated, and whether that is all of it.
  private static func withDataSet<Result>(
    of file: ByteReader, from start: Int, _ syntax: DICOMTransferSyntax, sizes: [Int],
    _ body: (DICOMDataSet, _ isWhole: Bool) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard syntax == .deflated else {
      return try body(
        try DICOMDataSet(file, from: start, isExplicit: syntax.isExplicit, isBigEndian: syntax.isBigEndian), true)
    }
    let source = file[from: start].bytes
    for size in sizes {
      let inflated = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = cpng_inflate_raw(
          source.baseAddress?.assumingMemoryBound(to: UInt8.self), source.count, buffer.baseAddress, size)
      }
      do throws(Failure) {
        return try withBytes(of: inflated) { bytes throws(Failure) in
          let set = try DICOMDataSet(ByteReader(bytes), from: 0, isExplicit: true, isBigEndian: false)
          return try body(set, inflated.count < size)
        }
      } catch {
        // The pixel data begin behind what was inflated.
        guard error.code == .truncated, inflated.count == size, size != sizes.last else { throw error }
      }
    }
    throw Failure(.decode, .unsupported, "dicom: more than \(maxInflatedHeader >> 20) MiB before the pixel data")
  }

  /// Calls `body` with the bytes of an array, whose own closure cannot throw typed errors.
  static func withBytes<Result>(
    of array: [UInt8], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result = array.withUnsafeBytes { bytes -> Swift.Result<Result, Failure> in
      do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
