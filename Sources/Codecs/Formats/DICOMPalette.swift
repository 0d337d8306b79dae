/// Segmented palettes of DICOM (PS3.3 C.7.9.2), which DCMTK does not read.
enum DICOMPalette {
  /// The entries of a palette of `count` from its segments of words or bytes, little-endian; missing ones are 0.
  static func expanded(_ segments: [UInt8], bits: Int, count: Int) -> [UInt8] {
    let size = bits > 8 ? 2 : 1
    var values: [Int] = []
    values.reserveCapacity(count)
    func word(_ at: Int) -> Int? {
      guard at >= 0, at + size <= segments.count else { return nil }
      return size == 2 ? Int(segments[at]) | Int(segments[at + 1]) << 8 : Int(segments[at])
    }
    /// Appends the values of the segment at `at` and returns where the next one begins.
    func append(_ at: Int) -> Int? {
      guard let code = word(at), let length = word(at + size) else { return nil }
      let body = at + 2 * size
      switch code {
      case 0:
        for i in 0..<length where values.count < count {
          guard let value = word(body + i * size) else { return nil }
          values.append(value)
        }
        return body + length * size
      case 1:
        // A line from the value before the segment to the one that it states.
        guard let last = word(body), let first = values.last else { return nil }
        for i in 0..<length where values.count < count {
          values.append(first + Int((Double((last - first) * (i + 1)) / Double(length)).rounded()))
        }
        return body + size
      default: return nil
      }
    }
    var at = 0
    while values.count < count, let code = word(at) {
      if code == 2 {
        // Repeats segments from an offset in bytes on.
        guard let repeats = word(at + size) else { break }
        let offset = (0..<(size == 2 ? 2 : 4)).reduce(0) {
          $0 | (word(at + (2 + $1) * size) ?? 0) << ($1 * 8 * size)
        }
        var source: Int? = offset
        for _ in 0..<repeats where values.count < count { source = source.flatMap(append) }
        guard source != nil else { break }
        at += size == 2 ? 8 : 6
      } else if let next = append(at) {
        at = next
      } else {
        break
      }
    }
    values += [Int](repeating: 0, count: count - values.count)
    // Entries of 8 bits are written as such, one after another.
    return size == 2 ? values.flatMap { [UInt8($0 & 255), UInt8($0 >> 8 & 255)] } : values.map { UInt8($0 & 255) }
  }
}
