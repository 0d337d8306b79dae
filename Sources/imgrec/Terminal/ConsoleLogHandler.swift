import Logging
import Outputs
import Platform

/// Prints swift-log's messages on standard error, one per line, as text or as JSON. The metadata are fields of the JSON;
/// those under `RunEvent.key` are its event.
struct ConsoleLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let level = LogLevel(event.level)
    switch Console.form {
    case .text:
      let word = event.level >= .warning ? "\(event.level):" : ""
      let shown = Console.style.painted(word, event.level > .warning ? .failure : .warning)
      Console.painted(
        "imgrec: " + shown + (word.isEmpty ? "" : " ") + TerminalText.escapedLines("\(event.message)") + "\n", level)
    case .json:
      var all = metadata.merging(event.metadata ?? [:]) { $1 }
      let word = all.removeValue(forKey: RunEvent.key).flatMap { RunEvent(rawValue: "\($0)") }
      var entry = LogEntry(level, word ?? .note, lines: "\(event.message)")
      entry.fields = all.sorted { $0.key < $1.key }.map { ($0.key, .text("\($0.value)")) }
      Console.print(entry)
    }
  }
}

extension LogLevel {
  init(_ level: Logger.Level) {
    switch level {
    case .critical, .error: self = .error
    case .warning: self = .warning
    case .notice, .info: self = .info
    case .debug, .trace: self = .debug
    }
  }
}
