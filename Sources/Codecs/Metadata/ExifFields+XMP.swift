import Recognition

extension ExifFields {
  /// The properties that are read, under the prefixes that writers of XMP use.
  private enum Property: CaseIterable {
    case original, created, digitized, make, model, lens, oldLens, latitude, longitude, altitude, altitudeReference

    var name: (prefix: StaticString, local: StaticString) {
      switch self {
      case .original: ("exif", "DateTimeOriginal")
      case .created: ("photoshop", "DateCreated")
      case .digitized: ("exif", "DateTimeDigitized")
      case .make: ("tiff", "Make")
      case .model: ("tiff", "Model")
      case .lens: ("exifEX", "LensModel")
      case .oldLens: ("aux", "Lens")
      case .latitude: ("exif", "GPSLatitude")
      case .longitude: ("exif", "GPSLongitude")
      case .altitude: ("exif", "GPSAltitude")
      case .altitudeReference: ("exif", "GPSAltitudeRef")
      }
    }
  }

  private static let maxPacketBytes = 1 << 20

  /// The fields of an XMP packet: properties as attributes or as elements. It is searched for their names, and not
  /// parsed as XML.
  init(xmp packet: ByteReader) {
    self.init()
    let packet = packet[0..<Self.maxPacketBytes]
    var values: [Property: String] = [:]
    for at in packet.bytes.indices where packet.bytes[at] == UInt8(ascii: ":") {
      guard let initial = packet.u8(at + 1), (0x41...0x5A).contains(initial) else { continue }
      for property in Property.allCases where values[property] == nil {
        let (prefix, local) = property.name
        guard packet.has(local, at: at + 1), packet.has(prefix, at: at - prefix.utf8CodeUnitCount) else { continue }
        values[property] = Self.value(packet, after: at + 1 + local.utf8CodeUnitCount)
      }
    }
    for property in [Property.original, .created, .digitized] {
      guard let found = values[property].flatMap(ExifText.date) else { continue }
      taken = found.taken
      takenOffset = found.offset
      break
    }
    camera = ExifText.camera(make: values[.make], model: values[.model])
    lens = values[.lens] ?? values[.oldLens]
    if let latitude = values[.latitude].flatMap({ Self.degrees($0, "N", "S") }),
      let longitude = values[.longitude].flatMap({ Self.degrees($0, "E", "W") })
    {
      let altitude = values[.altitude].flatMap(Self.fraction).map { values[.altitudeReference] == "1" ? -$0 : $0 }
      position = GeoPosition(latitude: latitude, longitude: longitude, altitude: altitude)
    }
  }

  /// The value behind a property's name: ="value" or >value<. Nil if the name continues, or the value holds more XML.
  private static func value(_ packet: ByteReader, after start: Int) -> String? {
    var (at, end) = (start, UInt8(ascii: "<"))
    while let byte = packet.u8(at), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    switch packet.u8(at) {
    case 0x3E: at += 1
    case 0x3D:
      at += 1
      while let byte = packet.u8(at), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
      guard let quote = packet.u8(at), quote == 0x22 || quote == 0x27 else { return nil }
      (at, end) = (at + 1, UInt8(quote))
    default: return nil
    }
    let rest = packet[at..<at + 1024]
    guard let length = rest.bytes.firstIndex(of: end), let text = ExifText.text(rest[0..<length]) else { return nil }
    return unescaped(text)
  }

  /// Nil for references to characters other than those of XML itself.
  private static func unescaped(_ text: String) -> String? {
    guard text.contains("&") else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "&") {
      result += rest[..<start]
      let entities = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")]
      guard let entity = entities.first(where: { rest[start...].hasPrefix($0.0) }) else { return nil }
      result += entity.1
      rest = rest[start...].dropFirst(entity.0.count)
    }
    return result + rest
  }

  /// "53,22.970833N" or "53,22,58N" as degrees.
  private static func degrees(_ text: String, _ positive: Character, _ negative: Character) -> Double? {
    guard let reference = text.last, reference == positive || reference == negative else { return nil }
    let parts = text.dropLast().split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard (2...3).contains(parts.count), let whole = parts[0], let minutes = parts[1],
      let seconds = parts.count == 3 ? parts[2] : 0, (0...180).contains(whole), (0...60).contains(minutes),
      (0...60).contains(seconds)
    else { return nil }
    let degrees = whole + minutes / 60 + seconds / 3600
    return reference == negative ? -degrees : degrees
  }

  /// "7236/100" as a number.
  private static func fraction(_ text: String) -> Double? {
    let parts = text.split(separator: "/", maxSplits: 1).map { Double($0) }
    guard let above = parts.first ?? nil else { return nil }
    guard parts.count == 2 else { return above }
    guard let below = parts[1], below != 0 else { return nil }
    return above / below
  }
}
