import Foundation
import Logging
import Platform

/// Output of the commands: messages on standard error, small data on standard output.
enum Console {
  /// Writes `text` to standard error unchanged, in one call, so that lines of several threads do not mix.
  static func raw(_ text: String) { put(text, to: STDERR_FILENO) }

  /// Writes data of the small commands to standard output.
  static func out(_ text: String) { put(text, to: STDOUT_FILENO) }

  private static func put(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { _ = writeAll(descriptor, UnsafeRawBufferPointer($0)) }
  }

  /// Prints a message as a line of JSON on standard error.
  static func entry(level: String, _ message: String) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let line = try? encoder.encode(["level": level, "message": message]) else { return }
    raw(String(decoding: line, as: UTF8.self) + "\n")
  }

  /// Prints "imgrec: message" on standard error.
  static func note(_ message: String) { raw("imgrec: \(message)\n") }
}

/// Prints swift-log's messages on standard error, one per line, as text or as JSON.
struct ConsoleLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level
  let form: RunOptions.LogForm

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    switch form {
    case .text:
      let level = event.level >= .warning ? "\(event.level): " : ""
      Console.raw("imgrec: \(level)\(event.message)\n")
    case .json:
      Console.entry(level: "\(event.level)", "\(event.message)")
    }
  }
}
