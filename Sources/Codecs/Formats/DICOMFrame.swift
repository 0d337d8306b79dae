import Recognition

/// One frame of a DICOM file as a file of its own, with the elements that determine how it is shown and no others.
///
/// DCMTK then reads neither text, overlays and private elements nor the other frames, and finds the windows of
/// multi-frame files where it looks for them.
struct DICOMFrame {
  private let set: DICOMDataSet
  private let image: DICOMImage
  private let index: Int

  init(_ set: DICOMDataSet, _ image: DICOMImage, index: Int) {
    self.set = set
    self.image = image
    self.index = index
  }

  private static let maxTableBytes = 1 << 20
  private static let explicit = "1.2.840.10008.1.2.1"
  private static let shared = 0x5200_9229
  private static let perFrame = 0x5200_9230
  private static let rescaling = 0x0028_9145
  private static let windows = 0x0028_9132

  func file() throws(Failure) -> [UInt8] {
    guard index < image.frames else { throw Failure(.decode, .corrupt, "dicom: frame \(index + 1) is missing") }
    let pixels: DICOMPixels
    switch image.syntax {
    case .native, .deflated: pixels = try nativePixels()
    case .jpeg2000: pixels = try JPEG2000Frame.pixels(of: try fragments().map { set.file[$0] }, image)
    case .rle, .jpegLS: pixels = DICOMPixels(image, data: [])
    case .jpeg:
      try checkJPEG()
      pixels = DICOMPixels(image, data: [])
    case .unsupported(let name): throw Failure(.decode, .unsupported, "dicom: \(name)")
    }
    var writer = DICOMWriter(transferSyntax: image.syntax.isDecodedByDCMTK ? image.uid : Self.explicit)
    write(pixels, &writer)
    if image.syntax.isDecodedByDCMTK {
      writer.fragments(try fragments().map { set.file[$0] })
    } else {
      writer.bytes(DICOM.pixelData, pixels.bitsAllocated > 8 ? "OW" : "OB", pixels.data)
    }
    return writer.file
  }

  private func write(_ pixels: DICOMPixels, _ writer: inout DICOMWriter) {
    writer.number(0x0028_0002, image.samples)
    writer.text(0x0028_0004, "CS", pixels.photometric)
    if image.samples > 1 { writer.number(0x0028_0006, pixels.planar ?? set.u16(0x0028_0006) ?? 0) }
    writer.text(0x0028_0008, "IS", "1")
    writer.number(DICOM.rows, image.size.height)
    writer.number(DICOM.columns, image.size.width)
    writer.number(0x0028_0100, pixels.bitsAllocated)
    writer.number(0x0028_0101, pixels.bitsStored)
    writer.number(0x0028_0102, pixels.highBit ?? set.u16(0x0028_0102) ?? pixels.bitsStored - 1)
    writer.number(0x0028_0103, pixels.isUnsigned ? 0 : set.u16(0x0028_0103) ?? 0)
    let hasWindow = source(of: 0x0028_1050, in: Self.windows) != nil || set.elements[0x0028_3010] != nil
    for tag in [0x0028_1050, 0x0028_1051] { copyText(tag, "DS", in: Self.windows, &writer) }
    // Without a window, pixels of 8 bits are shown as stored: a rescaling would only change the range of the type.
    if hasWindow || image.bitsStored > 8 || (Double(text(0x0028_1053, in: Self.rescaling) ?? "1") ?? 1) < 0 {
      for tag in [0x0028_1052, 0x0028_1053] { copyText(tag, "DS", in: Self.rescaling, &writer) }
    }
    copyText(0x0028_1056, "CS", in: Self.windows, &writer)
    for tag in [0x0028_1101, 0x0028_1102, 0x0028_1103] { copyWords(tag, from: set, "US", &writer) }
    for tag in [0x0028_1201, 0x0028_1202, 0x0028_1203] { copyPalette(tag, &writer) }
    for tag in [0x0028_3000, 0x0028_3010] { copyTable(tag, &writer) }
    copyText(0x2050_0020, "CS", in: nil, &writer)
  }

  // MARK: Elements

  /// The data set with an element: the file's, or an item of the functional group `group` for the frame or all frames.
  private func source(of tag: Int, in group: Int?) -> DICOMDataSet? {
    if set.elements[tag].map({ !$0.value.isEmpty }) == true { return set }
    guard let group else { return nil }
    for item in [set.item(index, of: Self.perFrame), set.item(0, of: Self.shared)] {
      if let found = item?.item(0, of: group), found.elements[tag] != nil { return found }
    }
    return nil
  }

  private func text(_ tag: Int, in group: Int?) -> String? { source(of: tag, in: group)?.text(tag) }

  private func copyText(_ tag: Int, _ kind: String, in group: Int?, _ writer: inout DICOMWriter) {
    if let text = text(tag, in: group) { writer.text(tag, kind, text) }
  }

  private func copyWords(_ tag: Int, from set: DICOMDataSet, _ kind: String, _ writer: inout DICOMWriter) {
    guard let element = set.elements[tag], element.value.count <= Self.maxTableBytes, let words = set.words(tag) else {
      return
    }
    // The descriptor of a table of signed numbers may say so.
    let isSigned = element.kind == DICOMDataSet.kind("SS")
    writer.bytes(tag, isSigned && kind == "US" ? "SS" : kind, words)
  }

  private func copyPalette(_ tag: Int, _ writer: inout DICOMWriter) {
    // The descriptors stand 0x100 before the palettes, segments 0x20 behind them.
    guard set.elements[tag] == nil, set.elements[tag + 0x20].map({ $0.value.count <= Self.maxTableBytes }) == true,
      let segments = set.words(tag + 0x20), let descriptor = set.words(tag - 0x100), descriptor.count >= 6
    else { return copyWords(tag, from: set, "OW", &writer) }
    let count = Int(descriptor[0]) | Int(descriptor[1]) << 8
    let entries = DICOMPalette.expanded(segments, bits: Int(descriptor[4]), count: count == 0 ? 65_536 : count)
    writer.bytes(tag, "OW", entries)
  }

  /// The first lookup table of a sequence.
  private func copyTable(_ tag: Int, _ writer: inout DICOMWriter) {
    guard let item = set.item(0, of: tag) else { return }
    var table = DICOMWriter()
    copyWords(0x0028_3002, from: item, "US", &table)
    copyWords(0x0028_3006, from: item, "OW", &table)
    writer.sequence(tag, table.file)
  }

  // MARK: Pixels

  private func nativePixels() throws(Failure) -> DICOMPixels {
    guard let element = set.elements[DICOM.pixelData], image.frameBits <= Int.max / (index + 1) else {
      throw Failure(.decode, .corrupt, "dicom: no pixel data")
    }
    let all = set.file[element.value]
    let firstBit = image.frameBits * index
    guard (firstBit + image.frameBits + 7) / 8 <= all.count else {
      throw Failure(.decode, .truncated, "dicom: premature end of data")
    }
    // Words of 16 bits in big-endian order hold two samples of 8 bits the other way round.
    let swapsPairs =
      set.isBigEndian && image.bitsAllocated <= 8 && element.kind != DICOMDataSet.kind("OB") && all.count % 2 == 0
    if image.bitsAllocated == 1 { return DICOMPixels(image, bits: all, from: firstBit, swapsPairs: swapsPairs) }
    let start = firstBit / 8
    var data = Array(all[start..<start + image.frameBytes].bytes)
    if swapsPairs {
      for i in data.indices { data[i] = all.bytes[(start + i) ^ 1] }
    } else if set.isBigEndian, image.bitsAllocated > 8 {
      let size = image.bitsAllocated / 8
      for at in stride(from: 0, to: data.count - size + 1, by: size) { data[at..<at + size].reverse() }
    }
    return DICOMPixels(image, data: data)
  }

  /// The fragments of the frame: by the offset table, or one for each frame, or all of the only frame.
  private func fragments() throws(Failure) -> [Range<Int>] {
    let table = set.file[set.fragments[0]]
    let all = Array(set.fragments.dropFirst())
    var found: [Range<Int>]
    if image.frames == 1 {
      found = all
    } else if table.count >= 4 * image.frames, let first = all.first?.lowerBound, let from = table.le32(4 * index) {
      // Offsets count from the header of the first fragment.
      let to = index + 1 < image.frames ? table.le32(4 * (index + 1)) ?? .max : .max
      found = all.filter { ($0.lowerBound - first) >= from && $0.lowerBound - first < to }
    } else {
      found = []
    }
    if found.isEmpty, index < all.count { found = [all[index]] }
    guard !found.isEmpty, !set.isFragmentCut || found.last != all.last else {
      throw Failure(.decode, .truncated, "dicom: premature end of data")
    }
    return found
  }

  /// Refuses a JPEG of another size: DCMTK allocates the size that the elements state.
  private func checkJPEG() throws(Failure) {
    guard let first = try fragments().first else { return }
    let jpeg = set.file[first]
    var at = 2
    while jpeg.u8(at) == 0xFF, let marker = jpeg.u8(at + 1), let length = jpeg.be16(at + 2), length >= 2 {
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        guard jpeg.be16(at + 5) == image.size.height, jpeg.be16(at + 7) == image.size.width else {
          throw Failure(.decode, .corrupt, "dicom: the JPEG has not the size of the file's header")
        }
        return
      }
      at += 2 + length
    }
  }
}

extension DICOMTransferSyntax {
  /// Whether DCMTK gets the fragments as they are.
  var isDecodedByDCMTK: Bool {
    switch self {
    case .rle, .jpeg, .jpegLS: true
    case .native, .deflated, .jpeg2000, .unsupported: false
    }
  }
}
