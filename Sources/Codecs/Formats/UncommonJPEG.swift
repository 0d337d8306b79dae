import Recognition

/// Kinds of JPEG that libjpeg-turbo does not decode: lossless, of more than 8 bits, JPEG-LS. DCMTK has decoders for them,
/// which read the data as the pixels of a DICOM file.
struct UncommonJPEG {
  private let frame: JPEGFrame

  /// Nil if the JPEG is of a common kind, or has no frame.
  init?(_ file: ByteReader) {
    guard let frame = JPEGFrame(file) else { return nil }
    let isHierarchical = [0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF].contains(frame.marker)
    guard frame.isLossless || frame.isNearLossless || isHierarchical || frame.precision != 8 else { return nil }
    self.frame = frame
  }

  /// The kind as an error names it.
  var kind: String {
    let arithmetic = frame.marker >= 0xC9 && frame.marker <= 0xCF ? ", arithmetic coding" : ""
    let base =
      frame.isNearLossless ? "JPEG-LS" : frame.isLossless ? "lossless" : frame.marker & 7 >= 5 ? "hierarchical" : ""
    let bits = frame.precision == 8 ? "" : "\(frame.precision) bits"
    return [base, bits].filter { !$0.isEmpty }.joined(separator: ", ") + arithmetic
  }

  /// Throws `unsupported` for a kind that no decoder reads.
  func header(of file: ByteReader) throws(Failure) -> ImageHeader {
    var header = ImageHeader(
      format: .jpeg, storedSize: PixelSize(width: frame.width, height: frame.height),
      orientation: Exif.orientation(jpeg: file))
    header.isUncommonJPEG = true
    // DCMTK holds the data twice, and the samples before and after their reduction to 8 bits.
    header.setLibraryBytes(perPixel: 16)
    guard transferSyntax != nil else { throw Failure(.decode, .unsupported, "jpeg: \(kind): this kind is not read") }
    guard frame.components == 1 || frame.components == 3 else {
      throw Failure(.decode, .unsupported, "jpeg: \(kind), \(frame.components) components: this kind is not read")
    }
    return header
  }

  /// DICOM's name of the compression, after the prefix that all have; nil for a kind without a name.
  private var transferSyntax: String? {
    switch (frame.marker, frame.precision) {
    case (0xC1, 12): "51"
    case (0xC2, 12): "55"
    case (0xC3, 8...16): "57"
    case (0xF7, 2...16): "81"
    default: nil
    }
  }

  /// A DICOM file of the same picture.
  func dicom(_ file: ByteReader) -> [UInt8] {
    var writer = DICOMWriter(transferSyntax: "1.2.840.10008.1.2.4.\(transferSyntax ?? "57")")
    let bits = max(8, frame.precision)
    writer.number(0x0028_0002, frame.components)
    writer.text(0x0028_0004, "CS", frame.components == 1 ? "MONOCHROME2" : isRGB(file) ? "RGB" : "YBR_FULL")
    if frame.components > 1 { writer.number(0x0028_0006, 0) }
    writer.text(0x0028_0008, "IS", "1")
    writer.number(DICOM.rows, frame.height)
    writer.number(DICOM.columns, frame.width)
    writer.number(0x0028_0100, bits > 8 ? 16 : 8)
    writer.number(0x0028_0101, bits)
    writer.number(0x0028_0102, bits - 1)
    writer.number(0x0028_0103, 0)
    if bits > 8, frame.components == 1 {
      // All values, from black to white.
      writer.text(0x0028_1050, "DS", "\(1 << (bits - 1))")
      writer.text(0x0028_1051, "DS", "\(1 << bits)")
    }
    writer.fragments([file])
    return writer.file
  }

  /// Whether three components are red, green and blue: as Adobe's segment states it, otherwise by the rules of libjpeg
  /// (lossless ones are, others unless JFIF's segment or the usual numbers show YCbCr).
  private func isRGB(_ file: ByteReader) -> Bool {
    if frame.isNearLossless { return true }
    if let transform = frame.adobeTransform { return transform == 0 }
    if frame.isLossless { return !frame.hasJFIF }
    return !frame.hasJFIF && frame.identifiers == Array("RGB".utf8).map(Int.init)
  }
}
