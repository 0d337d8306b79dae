import Logging
import Outputs

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
      let level = event.level >= .warning ? "\(event.level):" : ""
      let shown = Console.style.painted(level, event.level > .warning ? .failure : .warning)
      Console.painted(
        "imgrec: " + shown + (level.isEmpty ? "" : " ") + TerminalText.escapedLines("\(event.message)") + "\n")
    case .json:
      Console.entry(level: "\(event.level)", "\(event.message)")
    }
  }
}
