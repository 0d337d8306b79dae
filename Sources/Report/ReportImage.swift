import Platform
import Recognition
import Records

/// An image of a report: what its records say, as far as the page shows it.
struct ReportImage: Sendable {
  var path: RawPath
  /// From 1; nil: the record is of the file.
  var page: Int?
  /// Numbers in the tables of `ReportData`; -1: unknown.
  var status: Int
  var format = -1
  var camera = -1
  var models = -1
  var size: PixelSize?
  var bytes: Int?
  /// The date in digits, 20240501123011; 0: unknown.
  var taken = 0
  var findings: [FindingRows] = []
  var timings = Timings()
  var warnings: [String] = []
  var failure: (stage: String, code: String, message: String)?
  /// The image whose answer it has.
  var similar: UInt64?
  /// The beginning of its digest, with its page; nil: unknown.
  var content: UInt64?
  /// Its answer as text, if runs are compared.
  var answer = AnswerText()

  /// Identifies an image among those of the report. 64 bits: two of a million are confused once in 37 million reports.
  static func key(_ path: RawPath, page: Int?) -> UInt64 {
    // A path has no NUL.
    fnv1a(page.map { path.bytes + [0] + Array("\($0)".utf8) } ?? path.bytes)
  }

  /// Whether a file is there that a decoder has read.
  var mayHavePicture: Bool { failure.map { !["walk", "read", "decode"].contains($0.stage) } ?? true }

  /// The code of a failure, "warning" or "ok".
  static func status(of record: StoredRecord) -> String {
    record.failure?.code ?? (!record.isOK ? "error" : record.warnings.isEmpty ? "ok" : "warning")
  }

  /// The digits of a date as records have it; 0 for anything else.
  static func digits(of taken: String) -> Int {
    let digits = taken.utf8.filter { (0x30...0x39).contains($0) }
    return digits.count == 14 && taken.utf8.count == 19 ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : 0
  }

  /// The number that the first 15 digits of a digest are, mixed with the page.
  static func content(_ digest: String, page: Int?) -> UInt64? {
    guard let colon = digest.lastIndex(of: ":"),
      let value = UInt64(digest[digest.index(after: colon)...].prefix(15), radix: 16)
    else { return nil }
    return value ^ UInt64(page ?? 0) << 60 ^ UInt64(page ?? 0) &* 0x9e37_79b9_7f4a_7c15
  }
}
