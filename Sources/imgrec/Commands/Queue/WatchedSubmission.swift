import Foundation
import Inputs
import Logging
import Outputs
import Pipeline
import Platform
import Recognition
import Records

/// What `--watch` adds to a submission: the feed that does not end, and the journal of what was submitted.
///
/// The journal is JSON Lines: `{"schema":"imgrec-submitted/1","path":…,"path_bytes"?:…,"inode":…,"bytes":…,"seconds":…,
/// "nanoseconds":…}`, with the inode in hexadecimal digits and the time of the last write since 1970; a path that is no
/// file has only the path.
final class WatchedSubmission {
  let feed: FolderWatch
  private let file: OutputFile
  private let output: ByteOutput
  private var problem: String?

  private static let second: Int64 = 1_000_000_000

  /// Walks over the folders, and reads the journal of earlier runs.
  init(_ command: SubmitCommand, stop: StopToken, _ logger: Logger) throws(SetupError) {
    let path = RawArguments().path(command.journal ?? "")
    var checks = OutputFiles(inputs: command.input.files(), overwrites: nil)
    file = try checks.open(path, flag: "--journal", kind: .journal)
    feed = try command.watching.feed(
      command.input, maxFileSize: CachedResults.maxFileSize, leaveOut: [],
      newSince: birthNanoseconds(of: file.descriptor) ?? clockNanoseconds(), stop: stop, logger: logger)
    let end = try Self.read(file, into: feed)
    output = ByteOutput(file, after: end)
    try output.begin()
  }

  /// The state of a file, which distinguishes its submissions.
  static func version(_ stamp: FileStamp) -> [UInt8] { Array("\(stamp.inode) \(stamp.size) \(stamp.modified)".utf8) }

  /// Notes that items are in the queue. If that fails, stops the run and returns false.
  func note(_ items: [Item], _ stop: StopToken) -> Bool {
    do throws(SinkError) {
      for item in items {
        try output.write(Self.line(item))
        feed.end(item.index, digest: nil)
      }
      try output.flush()
      return true
    } catch {
      if case .failed(let message) = error { problem = message }
      stop.request(.sinkFailed)
      return false
    }
  }

  /// Closes the journal. Throws if something could not be noted.
  func close() throws(SetupError) {
    if let problem { throw SetupError(problem) }
    do throws(SinkError) { try output.finish() } catch {
      if case .failed(let message) = error { throw SetupError(message) }
    }
  }

  private static func line(_ item: Item) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("schema")
    json.string("imgrec-submitted/1")
    RecordWriter.path(item.path, to: &json)
    if let stamp = item.settled {
      json.key("inode")
      json.string(String(stamp.inode, radix: 16))
      for (key, number) in [
        ("bytes", Int(stamp.size)), ("seconds", Int(stamp.modified / second)),
        ("nanoseconds", Int(stamp.modified % second)),
      ] {
        json.key(key)
        json.number(number)
      }
    }
    json.endObject()
    return json.out.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads the lines of a journal into the watch; returns the number of bytes of the whole ones.
  private static func read(_ file: OutputFile, into feed: FolderWatch) throws(SetupError) -> Int {
    var (offset, number) = (0, 0)
    let lines = JournalLines(file)
    feed.beginRemembering()
    while let line = try lines.next(at: offset) {
      number += 1
      line.withUnsafeBufferPointer { bytes in
        var entry = JSONReader(bytes)
        guard entry.take("{\"schema\":\"imgrec-submitted/1\",\"path\":"), let text = entry.string() else { return }
        var path = RawPath(text)
        if entry.take(",\"path_bytes\":"), let exact = entry.string().flatMap(Base64.decode) { path = RawPath(exact) }
        guard entry.take(",\"inode\":"), let inode = entry.string().flatMap({ UInt64($0, radix: 16) }),
          entry.take(",\"bytes\":"), let size = entry.int(), entry.take(",\"seconds\":"), let seconds = entry.int(),
          entry.take(",\"nanoseconds\":"), let rest = entry.int()
        else { return feed.remember(path, digest: nil) }
        let modified = Int64(seconds).multipliedReportingOverflow(by: second).partialValue &+ Int64(rest)
        feed.remember(path, inode: inode, size: Int64(size), modified: modified)
      }
      offset += line.count + 1
    }
    return offset
  }
}
