import Foundation
import Logging
import Platform

/// Standard error: everything that is not data.
enum Console {
  /// Writes `text` as it is, in one call, so that lines of several threads do not mix.
  static func raw(_ text: String) { put(text, to: STDERR_FILENO) }

  /// Data of the small commands, on standard output.
  static func out(_ text: String) { put(text, to: STDOUT_FILENO) }

  private static func put(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { _ = writeAll(descriptor, UnsafeRawBufferPointer($0)) }
  }

  /// A message in the tool's name.
  static func note(_ message: String) { raw("imgrec: \(message)\n") }
}

/// swift-log's messages on standard error, as text or as JSON, one a line.
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
      let entry = ["level": "\(event.level)", "message": "\(event.message)"]
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      guard let line = try? encoder.encode(entry) else { return }
      Console.raw(String(decoding: line, as: UTF8.self) + "\n")
    }
  }
}
