import Platform

/// Dates of files as text; nil if a date is not known.
enum FileDate {
  /// As "2024-05-01T12:30:11Z"; `nanoseconds` since 1970.
  static func utc(_ nanoseconds: Int64) -> String? {
    text(nanoseconds, "%Y-%m-%dT%H:%M:%SZ") { _ = gmtime_r($0, $1) }
  }

  /// As "2024-05-01 12:30", in the user's time zone.
  static func local(_ nanoseconds: Int64) -> String? {
    text(nanoseconds, "%Y-%m-%d %H:%M") { _ = localtime_r($0, $1) }
  }

  private static func text(
    _ nanoseconds: Int64, _ format: String, _ split: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> Void
  ) -> String? {
    guard nanoseconds > 0 else { return nil }
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    split(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let length = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
