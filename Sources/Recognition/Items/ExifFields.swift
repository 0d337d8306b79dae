/// What a file states about how its picture was taken: its EXIF data, or else its XMP packet.
public struct ExifFields: Sendable, Equatable {
  /// Local date and time in ISO 8601, always of 19 characters: "2024-05-01T12:30:11".
  public var taken: String?
  /// Offset of that time from UTC, "+02:00".
  public var takenOffset: String?
  public var camera: String?
  public var lens: String?
  public var position: GeoPosition?

  public init() {}

  public var isEmpty: Bool { self == ExifFields() }

  /// Takes from `other` what is unknown. An offset belongs to its time.
  public mutating func complete(from other: ExifFields) {
    if taken == nil { (taken, takenOffset) = (other.taken, other.takenOffset) }
    camera = camera ?? other.camera
    lens = lens ?? other.lens
    position = position ?? other.position
  }
}

/// A position on the earth (WGS 84).
public struct GeoPosition: Sendable, Equatable {
  /// Degrees, north positive.
  public let latitude: Double
  /// Degrees, east positive.
  public let longitude: Double
  /// Metres above sea level; nil if unknown.
  public let altitude: Double?

  /// Metres that a camera can be at: from the deepest sea to a low orbit.
  private static let altitudes = -12_000.0...1_000_000.0

  /// Nil for what is no position, and for 0, 0, which devices write that have no fix. An altitude out of range is left
  /// out.
  public init?(latitude: Double, longitude: Double, altitude: Double? = nil) {
    // As records have it, so that a position from a cache is the same.
    let latitude = (latitude * 1e7).rounded() / 1e7
    let longitude = (longitude * 1e7).rounded() / 1e7
    guard latitude.magnitude <= 90, longitude.magnitude <= 180, latitude != 0 || longitude != 0 else { return nil }
    self.latitude = latitude
    self.longitude = longitude
    self.altitude = altitude.flatMap { Self.altitudes.contains($0) ? $0 : nil }
  }
}
