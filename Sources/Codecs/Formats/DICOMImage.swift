import Recognition

/// The kind of the pixels of a DICOM file, and where its frames are.
struct DICOMImage {
  let size: PixelSize
  let syntax: DICOMTransferSyntax
  /// UID of the transfer syntax.
  let uid: String
  let samples: Int
  /// Bits of memory for a sample, and those of them that are used.
  let bitsAllocated: Int, bitsStored: Int
  let photometric: String
  let frames: Int
  /// Bytes before the pixels of the first frame.
  let pixelStart: Int
  private(set) var warnings: [String] = []
  private(set) var fault: Failure?

  private static let maxFrames = 1_000_000

  init(_ set: DICOMDataSet, syntax: DICOMTransferSyntax, uid: String, isWhole: Bool) throws(Failure) {
    self.syntax = syntax
    self.uid = uid
    let pixels = DICOMDataSet.pixelTags.lazy.compactMap { set.elements[$0] }.first
    guard let height = set.u16(DICOM.rows), let width = set.u16(DICOM.columns) else {
      let modality = set.text(0x0008_0060).map { " (modality \($0))" } ?? ""
      guard pixels == nil else { throw Failure(.decode, .corrupt, "dicom: no size") }
      throw Failure(.decode, .unsupported, "dicom: no pixel data\(modality)")
    }
    size = PixelSize(width: width, height: height)
    samples = set.u16(0x0028_0002) ?? 1
    bitsAllocated = set.u16(0x0028_0100) ?? 16
    bitsStored = set.u16(0x0028_0101) ?? bitsAllocated
    photometric = set.text(0x0028_0004) ?? (samples == 1 ? "MONOCHROME2" : "RGB")
    // Some files have other letters behind the number.
    let count = Int(set.text(0x0028_0008)?.prefix { ("0"..."9").contains($0) } ?? "") ?? 1
    frames = min(max(count, 1), Self.maxFrames)
    pixelStart = pixels?.value.lowerBound ?? 0
    if frames > 1 { warnings.append("dicom: \(frames) frames, the first is read") }
    guard let pixels else {
      fault = Failure(.decode, .truncated, "dicom: the pixel data are missing")
      return
    }
    fault = self.fault(of: pixels, set)
    guard fault == nil else { return }
    let isEnough: Bool
    if syntax.isEncapsulated {
      isEnough = !set.isFragmentCut || (set.fragments.count > 2 && frames > 1)
      if set.isCut { warnings.append("dicom: premature end of data") }
    } else {
      let available = (file: set.file.count - pixelStart, stated: pixels.value.count)
      isEnough = !isWhole || available.stated >= frameBytes
      if isEnough, isWhole, available.stated < frameBytes * frames || set.isCut {
        warnings.append("dicom: premature end of data")
      }
    }
    if !isEnough { fault = Failure(.decode, .truncated, "dicom: premature end of data") }
  }

  /// What keeps the pixels from being read.
  private func fault(of pixels: DICOMElement, _ set: DICOMDataSet) -> Failure? {
    func unsupported(_ what: String) -> Failure { Failure(.decode, .unsupported, "dicom: \(what)") }
    func corrupt(_ what: String) -> Failure { Failure(.decode, .corrupt, "dicom: \(what)") }
    if case .unsupported(let name) = syntax { return unsupported(name) }
    guard pixels.tag == DICOM.pixelData else { return unsupported("pixels as floating-point numbers") }
    guard [1, 3, 4].contains(samples) else { return unsupported("\(samples) samples per pixel") }
    guard [1, 8, 16, 32].contains(bitsAllocated), samples == 1 || bitsAllocated > 1 else {
      return unsupported("\(samples) x \(bitsAllocated) bits per pixel")
    }
    guard (1...bitsAllocated).contains(bitsStored) else { return corrupt("\(bitsStored) of \(bitsAllocated) bits") }
    guard syntax.isEncapsulated == pixels.hasUndefinedLength else {
      return corrupt("the pixel data are not of the file's transfer syntax")
    }
    if syntax.isEncapsulated, set.fragments.count < 2 { return corrupt("no fragments of pixel data") }
    return nil
  }

  /// Bits of a frame that is not in fragments. Chroma may be stored for every second pixel.
  var frameBits: Int {
    let area = size.area
    return switch photometric {
    case "YBR_FULL_422", "YBR_PARTIAL_422": area * 2 * bitsAllocated
    case "YBR_PARTIAL_420": area * 3 / 2 * bitsAllocated
    default: area * samples * bitsAllocated
    }
  }

  var frameBytes: Int { (frameBits + 7) / 8 }

  /// Bytes of a data set up to the end of a frame.
  func end(of frame: Int) -> Int { pixelStart + (frameBits * (frame + 1) + 7) / 8 }

  /// Approximate bytes that decoding a frame needs: its file, the element, and the decompressed one; numbers of 32 bits
  /// before and after the rescaling.
  var libraryBytes: Int { 3 * frameBytes + size.area * samples * 8 }
}
