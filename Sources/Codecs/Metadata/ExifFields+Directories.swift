import Recognition

extension ExifFields {
  private enum Tag {
    static let (make, model) = (0x010F, 0x0110)
    static let (exif, gps) = (0x8769, 0x8825)
    /// DateTimeOriginal and DateTimeDigitized, and their offsets. DateTime is that of the last change to the file, and
    /// is not read.
    static let dates = [(0x9003, 0x9011), (0x9004, 0x9012)]
    static let (lensSpecification, lensMake, lensModel) = (0xA432, 0xA433, 0xA434)
    /// LensInfo of DNG, in the first directory.
    static let dngLens = 0xC630
  }

  /// The fields of EXIF data, or of a file with TIFF's directories.
  init(_ block: ExifBlock) {
    guard let main = block.main else {
      self.init()
      return
    }
    self.init(main: main, exif: main.directory(Tag.exif), gps: main.directory(Tag.gps))
  }

  init(main: ExifDirectory?, exif: ExifDirectory?, gps: ExifDirectory?) {
    self.init()
    // TIFF/EP, which raw files follow, has EXIF's fields in the first directory.
    func value(_ tag: Int) -> ExifValue? { exif?[tag] ?? main?[tag] }
    for (date, offset) in Tag.dates {
      guard let found = value(date)?.text.flatMap(ExifText.date) else { continue }
      taken = found.taken
      takenOffset = value(offset)?.text.flatMap(ExifText.offset)
      break
    }
    camera = ExifText.camera(make: main?[Tag.make]?.text, model: main?[Tag.model]?.text)
    lens = value(Tag.lensModel)?.text
    if lens == nil, let numbers = value(Tag.lensSpecification) ?? main?[Tag.dngLens],
      let specification = ExifText.lens((0..<4).map { numbers.fraction($0) })
    {
      lens = ExifText.camera(make: value(Tag.lensMake)?.text, model: specification)
    }
    position = gps.flatMap(GeoPosition.init)
  }
}

extension GeoPosition {
  private enum Tag {
    static let latitude = (reference: 1, value: 2)
    static let longitude = (reference: 3, value: 4)
    static let altitude = (reference: 5, value: 6)
  }

  /// Nil unless latitude and longitude are there, each with its hemisphere.
  init?(_ gps: ExifDirectory) {
    guard let latitude = Self.degrees(gps, Tag.latitude, positive: "N", negative: "S"),
      let longitude = Self.degrees(gps, Tag.longitude, positive: "E", negative: "W")
    else { return nil }
    // 0 and 2 are above the sea and the ellipsoid, 1 and 3 below; some programs write digits.
    let reference = gps[Tag.altitude.reference]?.bytes.u8(0) ?? 0
    let isBelow = [1, 3, 0x31, 0x33].contains(reference)
    let altitude = gps[Tag.altitude.value]?.fraction(0).map { isBelow ? -abs($0) : $0 }
    self.init(latitude: latitude, longitude: longitude, altitude: altitude)
  }

  /// Degrees, minutes and seconds as one number, negative in the second hemisphere.
  private static func degrees(
    _ gps: ExifDirectory, _ tag: (reference: Int, value: Int), positive: Character, negative: Character
  ) -> Double? {
    guard let value = gps[tag.value], let reference = gps[tag.reference]?.text?.uppercased().first,
      reference == positive || reference == negative, let whole = value.fraction(0), whole >= 0
    else { return nil }
    // Minutes or seconds that are not defined are 0, as for programs that write them as decimals of what precedes.
    let minutes = value.fraction(1) ?? 0
    let seconds = value.fraction(2) ?? 0
    guard (0...60).contains(minutes), (0...60).contains(seconds) else { return nil }
    let degrees = whole + minutes / 60 + seconds / 3600
    return reference == negative ? -degrees : degrees
  }
}
