import Recognition

/// Raw files whose container is TIFF, or TIFF with another number in its header.
extension CameraRaw {
  /// Directories that are read of one file, subdirectories included.
  private static let maxVisited = 64

  mutating func readTIFF(_ file: ByteReader) {
    guard let stream = TIFFStream(cameraRaw: file) else { return }
    read(stream)
    if Self.isCR2(file) { kind = .cr2 }
  }

  /// Reads the directories of a stream that is a raw file, or that a raw file has in it at `base`.
  mutating func read(_ stream: TIFFStream, base: Int = 0) {
    var visited = 0
    var sensors: [TIFFDirectory] = []
    func visit(_ directory: TIFFDirectory, depth: Int, _ raw: inout CameraRaw) {
      guard visited < Self.maxVisited else { return }
      visited += 1
      if directory.holdsSensorData { sensors.append(directory) } else { raw.addPictures(of: directory, base: base) }
      if depth < 2 { for inner in directory.subdirectories { visit(inner, depth: depth + 1, &raw) } }
    }
    let (chain, isChainCut) = stream.chain(limit: Self.maxDirectories)
    for directory in chain { visit(directory, depth: 0, &self) }
    guard let first = chain.first else { return }
    orientation = orientation ?? first[.orientation].flatMap(Orientation.init(rawValue:))
    let exif = first[.exifIFD].flatMap(stream.directory(at:))
    if let note = exif?.values(.makerNote) { addMakerNote(stream, note.offset(of: 0), note.count) }
    kind = Self.kind(of: first, isPanasonic: stream.file.has("IIU\0"), isOlympus: stream.hasOlympusVersion)
    let sensor = sensors.max { $0.area < $1.area }
    isCut = isCut || isChainCut || sensor?.isDataCut == true
    readSize(first, sensor: sensor, exif: exif)
  }

  /// The camera's picture: its crop where a field states it, otherwise what EXIF says of the finished picture, otherwise
  /// the sensor's data with their borders.
  private mutating func readSize(_ first: TIFFDirectory, sensor: TIFFDirectory?, exif: TIFFDirectory?) {
    if let crop = (sensor ?? first).numbers(.defaultCropSize), crop.count == 2 {
      setSize(crop[0], crop[1])
      sizeIsExact = size != nil
    }
    if let area = (sensor ?? first).numbers(.activeArea), area.count == 4, kind == .dng {
      setSize(area[3] - area[1], area[2] - area[0])
    }
    if kind == .rw2 || kind == .rwl, let top = first[.panasonicTop], let left = first[.panasonicLeft],
      let bottom = first[.panasonicBottom], let right = first[.panasonicRight]
    {
      setSize(right - left, bottom - top)
    }
    if let width = exif?[.exifWidth], let height = exif?[.exifHeight], width <= 1 << 20 {
      // Programs that write the field for the thumbnail exist.
      let whole = sensor?.size.map(\.width) ?? first.size.map(\.width) ?? width
      if width >= whole / 10 * 8, size == nil {
        setSize(width, height)
        sizeIsExact = size != nil
      }
    }
    if let stated = sensor?.size ?? first.size { setSize(stated.width, stated.height) }
  }

  /// The JPEGs of a directory that is no sensor's.
  private mutating func addPictures(of directory: TIFFDirectory, base: Int) {
    // Depth maps and masks of phones' DNG files.
    guard !directory.isMask, ![51_177, 52_527].contains(directory[.photometric]) else { return }
    func add(_ offset: Int?, _ count: Int?) {
      guard let offset, offset <= Int.max - base else { return }
      self.add(base + offset, count)
    }
    add(directory[.jpegOffset], directory[.jpegLength])
    if let embedded = directory.values(.panasonicJPEG) { add(embedded.offset(of: 0), embedded.count) }
    guard [6, 7, 99].contains(directory[.compression]) else { return }
    let isTiled = directory.values(.tileOffsets) != nil
    guard let offsets = directory.values(isTiled ? .tileOffsets : .stripOffsets), offsets.count == 1 else { return }
    add(offsets[0], directory[isTiled ? .tileByteCounts : .stripByteCounts])
  }

  /// Previews of which only the maker's own fields know: those of Nikon and Olympus. Their offsets count from the field,
  /// in old files from the beginning of the file.
  private mutating func addMakerNote(_ stream: TIFFStream, _ offset: Int, _ count: Int) {
    let file = stream.file
    let end = min(file.count, offset <= Int.max - count ? offset + count : Int.max)
    guard offset >= 0, offset < end else { return }
    let note = file[offset..<end]
    if note.has("Nikon\0"), let inner = TIFFStream(file[from: offset + 10]),
      let directory = inner.directory(at: inner.firstDirectory),
      let preview = directory[.nikonPreview].flatMap(inner.directory(at:))
    {
      add(preview[.jpegOffset].map { $0 < file.count ? offset + 10 + $0 : $0 }, preview[.jpegLength])
    }
    let start = note.has("OLYMPUS\0") ? 12 : note.has("OM SYSTEM\0") ? 16 : 0
    guard start > 0 else { return }
    let inner = TIFFStream(file[from: offset], bigEndian: note.has("MM", at: start - 4), firstDirectory: start)
    // The settings are a directory (type 13), in older cameras the field's bytes (type 7); in them begin and length.
    guard let field = inner.directory(at: start)?.values(number: 0x2020),
      let settings = (field.type == 13 || field.type == 4 ? field[0] : field.offset).flatMap(inner.directory(at:)),
      let at = settings.values(number: 0x101)?[0], at < file.count, let length = settings.values(number: 0x102)?[0]
    else { return }
    add(offset + at, length)
    add(at, length)
  }

  private static func kind(of first: TIFFDirectory, isPanasonic: Bool, isOlympus: Bool) -> CameraRawKind? {
    let make = first.text(.make).uppercased()
    let model = first.text(.model).uppercased()
    if first.values(.dngVersion) != nil { return .dng }
    if isOlympus { return .orf }
    if isPanasonic { return make.hasPrefix("LEICA") ? .rwl : .rw2 }
    let kinds: [(maker: String, kind: CameraRawKind)] = [
      ("NIKON", model.hasPrefix("COOLPIX") ? .nrw : .nef), ("CANON", .cr2),
      ("SONY", model.contains("DSC-R1") ? .sr2 : model.contains("DSC-F828") || model.contains("DSC-V3") ? .srf : .arw),
      ("PENTAX", .pef), ("RICOH", .pef), ("SAMSUNG", .srw), ("HASSELBLAD", .hasselblad), ("LEAF", .mos),
      ("MAMIYA", .mef), ("SEIKO EPSON", .erf), ("EPSON", .erf), ("PHASE ONE", .iiq), ("OLYMPUS", .orf),
      ("OM DIGITAL", .orf), ("PANASONIC", .rw2), ("KONICA MINOLTA", .mrw), ("MINOLTA", .mrw),
      ("KODAK", .kdc), ("EASTMAN KODAK", model.contains("DCS") ? .dcr : .kdc),
    ]
    return kinds.first { make.hasPrefix($0.maker) }?.kind
  }
}

extension TIFFStream {
  /// Whether the number in the header is one of Olympus' in place of 42.
  fileprivate var hasOlympusVersion: Bool { ["IIRO", "IIRS", "MMOR"].contains { file.has($0) } }
}

extension TIFFDirectory {
  /// Whether a strip or tile extends past the end of the file; the first and the last are looked at.
  fileprivate var isDataCut: Bool {
    let isTiled = values(.tileOffsets) != nil
    guard let offsets = values(isTiled ? .tileOffsets : .stripOffsets),
      let sizes = values(isTiled ? .tileByteCounts : .stripByteCounts)
    else { return false }
    return [0, min(offsets.count, sizes.count) - 1].contains { index in
      guard let offset = offsets[index], let size = sizes[index] else { return false }
      return offset > stream.file.count || size > stream.file.count - offset
    }
  }
}
