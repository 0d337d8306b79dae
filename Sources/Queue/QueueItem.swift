import Platform
import Recognition
import Redis

/// One item of a queue.
///
/// On the wire it is an entry of a stream with the fields `i` (the item's number) and `p` (the path as it was named), and
/// optionally `v` (the state of the file, if each state is an item of its own), `w` (the folder that a relative path
/// starts from), `b` (the image's bytes), `f` (a failure of the submitter: stage, code and message, separated by spaces),
/// `d` (the SHA-256 of the bytes), `k` (what a data set calls it) and `s` (the file when it was read: inode, size, and
/// nanoseconds of mtime and ctime, separated by spaces).
public struct QueueItem: Sendable {
  public enum Content: Sendable {
    /// A file that the worker opens.
    case file
    case bytes([UInt8])
    /// Nothing to recognise: the record reports the failure.
    case fault(Failure)
  }

  /// Path as it appears in the record.
  public var path: RawPath
  /// The absolute folder that a relative `path` starts from.
  public var base: RawPath?
  public var content: Content
  public var hint: DigestHint?
  /// What a data set calls it.
  public var key: RawPath?
  /// The state of the file, if each state of it is an item of its own.
  public var version: [UInt8]?

  public init(path: RawPath, base: RawPath?, content: Content, hint: DigestHint? = nil) {
    self.path = path
    self.base = path.isAbsolute ? nil : base
    self.content = content
    self.hint = hint
  }

  /// Path of the file on the submitter's machine.
  public var absolute: RawPath { base.map { $0.appending(path.bytes) } ?? path }

  /// The item's number: the first half of the SHA-256 of its absolute path, and of a NUL and its version if it has one. Two
  /// submissions of one path and version are one item.
  public var id: [UInt8] { Array(Digest.of(absolute.bytes + (version.map { [0] + $0 } ?? [])).prefix(16)) }

  /// Approximate bytes in Redis.
  public var cost: Int {
    if case .bytes(let bytes) = content { path.bytes.count + bytes.count } else { path.bytes.count }
  }

  /// Maximum characters of a failure's message, and bytes of a path, which may exceed PATH_MAX.
  private static let maxMessage = 4096
  private static let maxPath = 1 << 20

  var fields: [[UInt8]] {
    var fields = [utf8("i"), id, utf8("p"), path.bytes]
    if let version { fields += [utf8("v"), version] }
    if let base { fields += [utf8("w"), base.bytes] }
    switch content {
    case .file: break
    case .bytes(let bytes): fields += [utf8("b"), bytes]
    case .fault(let failure):
      fields += [utf8("f"), utf8("\(failure.stage.rawValue) \(failure.code.rawValue) \(failure.message)")]
    }
    if let key { fields += [utf8("k"), key.bytes] }
    if let hint {
      fields += [utf8("d"), hint.digest]
      if let stamp = hint.stamp {
        fields += [utf8("s"), utf8("\(stamp.inode) \(stamp.size) \(stamp.modified) \(stamp.changed)")]
      }
    }
    return fields
  }

  /// Parses an entry; nil if it is not one that this program writes.
  init?(fields: [RedisReply]) {
    guard fields.count.isMultiple(of: 2) else { return nil }
    var found: [String: [UInt8]] = [:]
    for n in stride(from: 0, to: fields.count, by: 2) { found[fields[n].text ?? ""] = fields[n + 1].data }
    // System calls end a path at a NUL.
    guard let path = found["p"], !path.isEmpty, path.count <= Self.maxPath, !path.contains(0) else { return nil }
    self.init(path: RawPath(path), base: found["w"].map { RawPath($0) }, content: .file)
    version = found["v"]
    if let bytes = found["b"] { content = .bytes(bytes) }
    key = found["k"].map { RawPath($0) }
    if let digest = found["d"], digest.count == Digest.Algorithm.sha256.byteCount {
      hint = DigestHint(digest: digest, stamp: found["s"].flatMap(stamp))
    }
    if let fault = found["f"] {
      // A newer submitter may know more codes; the item gets a record all the same.
      let parts = String(decoding: fault, as: UTF8.self).split(
        separator: " ", maxSplits: 2, omittingEmptySubsequences: false
      ).map(String.init)
      content = .fault(
        Failure(
          parts.first.flatMap { Failure.Stage(rawValue: $0) } ?? .read,
          parts.dropFirst().first.flatMap { Failure.Code(rawValue: $0) } ?? .ioError,
          String((parts.dropFirst(2).first ?? "").prefix(Self.maxMessage))))
    }
  }
}

/// Parses field `s`. The device is left out: its number differs between machines.
private func stamp(_ text: [UInt8]) -> FileStamp? {
  let numbers = String(decoding: text, as: UTF8.self).split(separator: " ")
  guard numbers.count == 4, let inode = UInt64(numbers[0]), let size = Int64(numbers[1]),
    let modified = Int64(numbers[2]), let changed = Int64(numbers[3])
  else { return nil }
  return FileStamp(device: 0, inode: inode, size: size, modified: modified, changed: changed)
}

/// Returns the bytes of `text`, as arguments of Redis commands need them.
func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
