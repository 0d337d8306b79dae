import Foundation
import Outputs
import Platform
import Synchronization

/// Output of the commands: messages on standard error, small data on standard output.
///
/// No text reaches a terminal, and no message standard error, with control characters: names of files, labels,
/// recognised text and answers of servers may hold them.
enum Console {
  /// Colours of standard error.
  static let style = TerminalStyle(of: STDERR_FILENO)

  private static let chosenForm = Mutex(LogForm.text)

  /// Form of the messages on standard error; chosen before the first one.
  static var form: LogForm {
    get { chosenForm.withLock { $0 } }
    set { chosenForm.withLock { $0 = newValue } }
  }

  /// Whether a line that `redraw` wrote stands on the terminal.
  private static let hasOpenLine = Mutex(false)
  private static let erasure = "\r\u{1b}[K"

  /// Writes a message of one or more lines to standard error.
  static func message(_ text: String, _ level: LogLevel = .info, event: RunEvent = .note) {
    switch form {
    case .text: painted(TerminalText.escapedLines(text), level)
    case .json: print(LogEntry(level, event, lines: text))
    }
  }

  /// Writes text that is escaped already, and may have colours, to standard error, in one call, so that lines of several
  /// threads do not mix.
  static func painted(_ text: String, _ level: LogLevel = .info) {
    let text = Journal.isConnected && !text.isEmpty ? Journal.leveled(text, level) : text
    put(overOpenLine: text)
  }

  /// Prints a message as a line of JSON on standard error, whatever the form of the others is.
  static func print(_ entry: LogEntry) {
    let line = entry.json(at: clockNanoseconds()) + "\n"
    put(overOpenLine: HostInfo.isTerminal(STDERR_FILENO) ? TerminalText.escapedJSON(line) : line)
  }

  /// Prints the numbers of a run in progress as an object of JSON on standard error: in a log of such objects one with
  /// their other fields, else short.
  static func progress(_ entry: LogEntry) {
    switch form {
    case .json: print(entry)
    case .text: json(entry.short, to: STDERR_FILENO)
    }
  }

  /// Replaces the line that shows progress on standard error. `line` is escaped by the caller, so that it may have
  /// colours, and no wider than the terminal.
  static func redraw(_ line: String) {
    guard form == .text else { return }
    hasOpenLine.withLock { isOpen in
      put(erasure + line, to: STDERR_FILENO)
      isOpen = true
    }
  }

  /// Removes the line that shows progress.
  static func erase() { painted("") }

  /// Prints "imgrec: message" on standard error.
  static func note(_ message: String, _ level: LogLevel = .info, event: RunEvent = .note) {
    self.message("imgrec: \(message)\n", level, event: event)
  }

  /// Prints "imgrec: message" on standard error, for a mistake or a failure.
  static func error(_ message: String, event: RunEvent = .failed) {
    switch form {
    case .text:
      painted(style.painted("imgrec:", .failure) + " " + TerminalText.escapedLines(message) + "\n", .error)
    case .json: print(LogEntry(.error, event, lines: message))
    }
  }

  /// Prints on standard error, in one line, why one input failed.
  static func failure(of path: RawPath, _ message: String) {
    switch form {
    case .text:
      painted("imgrec: " + style.painted(TerminalText.escaped("\(path): \(message)"), .failure) + "\n", .warning)
    case .json: print(LogEntry(.warning, .imageFailed, message, path: path))
    }
  }

  /// Prints the line with which a run ends.
  static func summary(_ line: SummaryLine) {
    switch form {
    case .text: painted(line.text(style) + "\n")
    case .json: print(LogEntry(summary: line))
    }
  }

  /// Prints the summary of a run.
  static func summary(_ summary: Summary, details: Bool) {
    switch form {
    case .text: painted(summary.text(details: details, style))
    case .json: self.summary(SummaryLine(summary.report))
    }
  }

  /// Prints lines of data of the small commands on standard output, and a line break after the last.
  static func out(_ lines: String) {
    write(lines.hasSuffix("\n") ? lines : lines + "\n", to: STDOUT_FILENO, escaping: TerminalText.escapedLines)
  }

  /// Writes to the terminal on standard output; text that is escaped already, and may move the cursor.
  static func screen(_ text: String) { put(text, to: STDOUT_FILENO) }

  /// Prints a line, or a document, of JSON.
  static func json(_ lines: String, to descriptor: Int32 = STDOUT_FILENO) {
    write(lines.hasSuffix("\n") ? lines : lines + "\n", to: descriptor, escaping: TerminalText.escapedJSON)
  }

  /// Escapes text for a terminal; a pipe gets it as it is.
  private static func write(_ text: String, to descriptor: Int32, escaping: (String) -> String) {
    let text = HostInfo.isTerminal(descriptor) ? escaping(text) : text
    guard descriptor == STDOUT_FILENO else { return put(overOpenLine: text) }
    if HostInfo.isTerminal(descriptor) { erase() }
    put(text, to: descriptor)
  }

  private static func put(overOpenLine text: String) {
    hasOpenLine.withLock { isOpen in
      put((isOpen ? erasure : "") + text, to: STDERR_FILENO)
      isOpen = false
    }
  }

  private static func put(_ text: String, to descriptor: Int32) {
    guard !text.isEmpty else { return }
    var text = text
    text.withUTF8 { _ = writeAll(descriptor, UnsafeRawBufferPointer($0)) }
  }
}
