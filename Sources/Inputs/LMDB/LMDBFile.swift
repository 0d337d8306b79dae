import Platform
import Recognition

/// The pages of an LMDB data file, read with pread and checked one by one.
///
/// Not through liblmdb: it maps the file and trusts every number in it, so that a file that is cut or damaged ends the
/// process (SIGBUS, SIGSEGV). The file is opened for reading only; no lock is taken and nothing is written.
final class LMDBFile {
  /// A tree of pages: the main database, or a named one.
  struct Database {
    let flags: Int
    /// Number of its entries, as the file states it.
    let entries: Int?
    /// Number of its root page; nil if it has no entries.
    let root: Int?

    /// Whether its keys are integers in the machine's order of bytes.
    var hasIntegerKeys: Bool { flags & 0x08 != 0 }

    /// Length of its description in a file.
    static let length = 48

    init?(_ bytes: LMDBBytes, at start: Int) {
      guard let flags = bytes.number(start + 4, size: 2), bytes.holds(start, Self.length) else { return nil }
      self.flags = flags
      entries = bytes.number(start + 32, size: 8)
      // All bits are set for "none"; a number that exceeds `Int` is refused as a page below.
      let isEmpty = bytes.bytes[(start + 40)..<(start + 48)].allSatisfy { $0 == 0xff }
      root = isEmpty ? nil : bytes.number(start + 40, size: 8) ?? Int.max
    }
  }

  /// Why a part of the file cannot be read.
  struct Damage: Error { let text: String }

  let main: Database
  /// Whether one of the two descriptions of the file is damaged.
  let isHalfDescribed: Bool
  let pageSize: Int
  private let descriptor: Int32
  /// Number of whole and partial pages in the file.
  private let pageCount: Int
  /// Number of pages that may still be read: in a valid file every page is used once.
  private var unread: Int

  static let dataName = Array("data.mdb".utf8)

  /// Opens the data file at `path`.
  init(_ path: RawPath) throws(Failure) {
    descriptor = try LongPath.openForReading(path)
    do throws(Failure) {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw Failure(.walk, errno: errno) }
      guard LongPath.kind(status) == S_IFREG else { throw FileReader.notAFile(LongPath.kind(status), stage: .walk) }
      let meta = try LMDBMeta.newest(of: descriptor)
      main = meta.main
      isHalfDescribed = meta.isAlone
      pageSize = meta.pageSize
      pageCount = (Int(status.st_size) + pageSize - 1) / pageSize
      unread = pageCount
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Reads a page with keys.
  func page(_ number: Int) throws(Damage) -> LMDBPage {
    try take(1, at: number)
    var bytes = [UInt8](repeating: 0, count: pageSize)
    let got = retrying { pread(descriptor, &bytes, pageSize, off_t(number * pageSize)) }
    guard got == pageSize else { throw Damage(text: got < 0 ? systemMessage() : "the file ends at page \(number)") }
    guard let page = LMDBPage(LMDBBytes(bytes), number: number) else {
      throw Damage(text: "page \(number) is damaged")
    }
    return page
  }

  /// Reads the first `count` bytes of the value of `size` bytes that begins on overflow page `number`.
  func overflow(_ number: Int, size: Int, first count: Int) throws(Damage) -> [UInt8] {
    let header = LMDBPage.headerLength
    let pages = (header + size + pageSize - 1) / pageSize
    try take(pages, at: number)
    var head = [UInt8](repeating: 0, count: header)
    var got = 0
    let value = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      got = head.withUnsafeMutableBytes { head in
        var parts = [
          iovec(iov_base: head.baseAddress, iov_len: header), iovec(iov_base: buffer.baseAddress, iov_len: count),
        ]
        return retrying { preadv(descriptor, &parts, 2, off_t(number * pageSize)) }
      }
      filled = max(0, got - header)
    }
    guard got == header + count else {
      throw Damage(text: got < 0 ? systemMessage() : "the file ends within the value")
    }
    let fields = LMDBBytes(head)
    guard fields.number(0, size: 8) == number, fields.number(10, size: 2).map({ $0 & 4 != 0 }) == true,
      let stated = fields.number(12, size: 4), stated >= pages
    else { throw Damage(text: "page \(number) is damaged") }
    return value
  }

  /// Counts pages that are read. A file in which pages are used twice could hold a run for years.
  private func take(_ count: Int, at number: Int) throws(Damage) {
    guard number >= 2, number < pageCount, count <= pageCount - number else {
      throw Damage(text: number < 2 ? "page \(number) is no page of data" : "the file ends before page \(number)")
    }
    guard unread >= count else { throw Damage(text: "page \(number) is used more than once") }
    unread -= count
  }
}

/// Numbers in the bytes of an LMDB file, within bounds: nil for what is outside.
struct LMDBBytes {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func holds(_ at: Int, _ count: Int) -> Bool { at >= 0 && count >= 0 && at <= bytes.count - count }

  /// An unsigned number of `size` (at most 8) bytes, the lowest first; nil also if it exceeds `Int`.
  func number(_ at: Int, size: Int) -> Int? {
    guard holds(at, size) else { return nil }
    var value: UInt64 = 0
    for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[at + index]) }
    return Int(exactly: value)
  }
}
