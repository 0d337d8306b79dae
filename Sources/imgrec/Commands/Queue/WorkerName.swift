import ArgumentParser
import Foundation
import Platform
import Queue

/// The names of a worker process.
struct WorkerName {
  /// Unique in the queue: a worker that was killed and restarted has another one.
  let consumer: String
  /// What it announces about itself.
  let announcement: WorkerAnnouncement

  /// `name`: the one that an operator gave it.
  init(_ name: String?) {
    let host = ProcessInfo.processInfo.hostName
    let pid = getpid()
    consumer = "\(name ?? host)-\(pid)-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
    announcement = WorkerAnnouncement(
      name: name ?? "\(host)-\(pid)", host: host, pid: Int(pid), version: Imgrec.version,
      started: LogEntry.time(clockNanoseconds()))
  }

  /// Letters, digits, and "._@:-" between them, up to 64: a name stands in lines of text and in keys.
  static let parse: @Sendable (String) throws -> String = { text in
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._@:-".unicodeScalars.contains(scalar))
    }
    guard isPlain, (1...64).contains(text.utf8.count) else {
      throw ValidationError("'\(text)' is not a name of up to 64 letters, digits, and the characters . _ @ : -")
    }
    return text
  }
}
