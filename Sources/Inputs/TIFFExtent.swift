import Recognition

/// Finds how far a TIFF reaches, from the bytes that have arrived: the furthest of its directories, values, strips and
/// tiles.
struct TIFFExtent {
  private var furthest = 8
  /// Offsets of directories that are still to be read.
  private var waiting: [Int]?
  /// Directories that were found.
  private var count = 0

  private static let maxDirectories = 4096
  private static let maxEntries = 4096

  /// The end as far as it is known; `needsMore` while a directory has not arrived.
  mutating func end(in bytes: [UInt8]) -> ImageEndScanner.Ending {
    guard bytes.count >= 16 else { return .needsMore }
    let file = Numbers(bytes: bytes, isBig: bytes[0] == 0x4D)
    let isWide = file.number(2, 2) == 43
    if waiting == nil { waiting = [file.number(isWide ? 8 : 4, isWide ? 8 : 4) ?? 0] }
    while let offset = waiting?.last {
      // A loop, or more than any file has.
      guard offset >= 8, count < Self.maxDirectories else { return .unbounded }
      guard let entries = file.number(offset, isWide ? 8 : 2) else { return .needsMore }
      guard entries <= Self.maxEntries else { return .unbounded }
      let (first, size) = (offset + (isWide ? 8 : 2), isWide ? 20 : 12)
      let link = first + entries * size
      guard let next = file.number(link, isWide ? 8 : 4) else { return .needsMore }
      count += 1
      waiting?.removeLast()
      if next > 0 { waiting?.append(next) }
      reach(link + (isWide ? 8 : 4))
      guard read(file, first, entries, isWide) else {
        // Values that have not arrived are read again.
        count -= 1
        if next > 0 { waiting?.removeLast() }
        waiting?.append(offset)
        return .needsMore
      }
    }
    return .at(furthest)
  }

  private mutating func reach(_ end: Int) { furthest = max(furthest, end) }

  /// Reads the entries of a directory; false if some of their values have not arrived.
  private mutating func read(_ file: Numbers, _ first: Int, _ entries: Int, _ isWide: Bool) -> Bool {
    var lists: [Int: [Int]] = [:]
    for entry in 0..<entries {
      let at = first + entry * (isWide ? 20 : 12)
      let width = isWide ? 8 : 4
      guard let tag = file.number(at, 2), let type = file.number(at + 2, 2), let count = file.number(at + 4, width),
        count <= file.bytes.count
      else { return false }
      let size = [3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 8, 10: 8, 12: 8, 16: 8, 17: 8, 18: 8][type] ?? 1
      var offset = at + 4 + width
      if count * size > width {
        guard let outside = file.number(offset, width), outside <= 1 << 48 else { return true }
        offset = outside
        reach(offset + count * size)
      }
      // Offsets and sizes of strips and tiles, and further directories: SubIFDs, EXIF, GPS.
      guard [273, 279, 324, 325, 330, 34_665, 34_853].contains(tag) else { continue }
      let values = (0..<count).compactMap { file.number(offset + $0 * size, size) }
      guard values.count == count else { return false }
      lists[tag] = values
    }
    for (offsets, sizes) in [(273, 279), (324, 325)] {
      for (offset, size) in zip(lists[offsets] ?? [], lists[sizes] ?? []) where offset <= 1 << 48 && size <= 1 << 48 {
        reach(offset + size)
      }
    }
    waiting? += (lists[330] ?? []) + (lists[34_665] ?? []) + (lists[34_853] ?? [])
    return true
  }

  private struct Numbers {
    let bytes: [UInt8]
    let isBig: Bool

    func number(_ at: Int, _ count: Int) -> Int? {
      guard at >= 0, at <= bytes.count - count else { return nil }
      let part = bytes[at..<at + count]
      let value = (isBig ? Array(part) : part.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Int(exactly: value)
    }
  }
}
