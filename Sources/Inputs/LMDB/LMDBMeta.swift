import Platform
import Recognition

/// What an LMDB file says of itself on its first two pages, of which the newer one holds.
struct LMDBMeta {
  let pageSize: Int
  let main: LMDBFile.Database
  /// Whether the other one is damaged: it may be the newer.
  private(set) var isAlone = false
  private let transaction: Int

  private static let magic = 0xBEEF_C0DE
  /// Bytes of a page up to the end of these fields.
  private static let length = 152
  private static let pageSizes = (8...16).map { 1 << $0 }

  /// Reads the newer valid one; with the first page damaged, the second is looked for behind pages of every size.
  static func newest(of descriptor: Int32) throws(Failure) -> LMDBMeta {
    let first = try read(descriptor, at: 0)
    let metas: [LMDBMeta]
    if let meta = LMDBMeta(first) {
      let second = LMDBMeta(try read(descriptor, at: meta.pageSize))
      metas = [meta] + (second.map { $0.pageSize == meta.pageSize ? [$0] : [] } ?? [])
    } else {
      var found: [LMDBMeta] = []
      for size in pageSizes {
        if let meta = LMDBMeta(try read(descriptor, at: size)), meta.pageSize == size { found.append(meta) }
      }
      metas = found
    }
    guard var newest = metas.max(by: { $0.transaction < $1.transaction }) else { throw failure(first) }
    newest.isAlone = metas.count < 2
    return newest
  }

  /// Whether `head`, the first bytes of a file, are those of a database.
  static func begins(_ head: [UInt8]) -> Bool { LMDBMeta(LMDBBytes(Array(head.prefix(length)))) != nil }

  private init?(_ page: LMDBBytes) {
    guard page.bytes.count == Self.length, page.number(16, size: 4) == Self.magic, page.number(20, size: 4) == 1,
      page.number(10, size: 2).map({ $0 & 8 != 0 }) == true, let size = page.number(40, size: 4),
      Self.pageSizes.contains(size), let main = LMDBFile.Database(page, at: 88),
      let transaction = page.number(144, size: 8)
    else { return nil }
    pageSize = size
    self.main = main
    self.transaction = transaction
  }

  private static func read(_ descriptor: Int32, at offset: Int) throws(Failure) -> LMDBBytes {
    var bytes = [UInt8](repeating: 0, count: length)
    let got = retrying { pread(descriptor, &bytes, length, off_t(offset)) }
    guard got >= 0 else { throw Failure(.walk, errno: errno) }
    return LMDBBytes(Array(bytes.prefix(got)))
  }

  private static func failure(_ first: LMDBBytes) -> Failure {
    if first.number(16, size: 4) == magic, let version = first.number(20, size: 4), version != 1 {
      return Failure(
        .walk, .unsupported, "LMDB's data format \(version) is not read; mdb_copy -c of LMDB 0.9 writes the format 1")
    }
    let isForeign = first.number(16, size: 4) == 0xDEC0_EFBE || first.number(12, size: 4) == magic
    if isForeign {
      return Failure(
        .walk, .unsupported,
        "the LMDB file is of a machine with another word size or order of bytes; "
          + "mdb_dump there and mdb_load here convert it")
    }
    return Failure(.walk, .corrupt, "this cannot be read as an LMDB file")
  }
}
