import Foundation
import Platform
import Records

/// Weight of a message.
enum LogLevel: String {
  case error, warning, info, debug

  /// The level's number in syslog(3), by which journald sorts messages.
  var priority: Int {
    switch self {
    case .error: 3
    case .warning: 4
    case .info: 6
    case .debug: 7
    }
  }
}

/// A message on standard error, as one object of JSON:
///
///     {"time":"2026-11-29T10:15:02.481Z","level":"warning","event":"image_failed","message":"…","path"?,"path_bytes"?,…}
struct LogEntry {
  enum Value {
    case text(String)
    case count(Int)
    case real(Double, decimals: Int)
    /// Numbers by name.
    case counts([(name: String, count: Int)])
  }

  var level: LogLevel
  var event: RunEvent
  /// One line.
  var message: String
  /// What to do about it.
  var advice: String?
  /// The input that it is about.
  var path: RawPath?
  var fields: [(name: String, value: Value)]

  init(
    _ level: LogLevel, _ event: RunEvent, _ message: String, path: RawPath? = nil,
    _ fields: [(name: String, value: Value)] = []
  ) {
    (self.level, self.event, self.message, self.path, self.fields) = (level, event, message, path, fields)
  }

  /// Makes an entry of lines of text: the first is the message, those after it are the advice.
  init(_ level: LogLevel, _ event: RunEvent, lines text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    let first = lines.first ?? ""
    self.init(level, event, first.hasPrefix(Self.prefix) ? String(first.dropFirst(Self.prefix.count)) : first)
    if lines.count > 1 { advice = lines.dropFirst().joined(separator: " ") }
  }

  private static let prefix = "imgrec: "

  /// The object, with the time `nanoseconds` since 1970.
  func json(at nanoseconds: Int64) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("time")
    json.string(Self.time(nanoseconds))
    json.key("level")
    json.string(level.rawValue)
    json.key(RunEvent.key)
    json.string(event.rawValue)
    json.key("message")
    json.string(message)
    if let advice {
      json.key("advice")
      json.string(advice)
    }
    if let path { RecordWriter.path(path, to: &json) }
    writeFields(to: &json)
    json.endObject()
    return json.out.text
  }

  /// The object without time, level and message.
  var short: String {
    var json = JSONWriter()
    json.beginObject()
    json.key(RunEvent.key)
    json.string(event.rawValue)
    writeFields(to: &json)
    json.endObject()
    return json.out.text
  }

  private func writeFields(to json: inout JSONWriter) {
    for (name, value) in fields {
      json.key(name)
      Self.write(value, to: &json)
    }
  }

  private static func write(_ value: Value, to json: inout JSONWriter) {
    switch value {
    case .text(let text): json.string(text)
    case .count(let count): json.number(count)
    case .real(let number, let decimals): json.number(number, decimals: decimals)
    case .counts(let counts):
      json.beginObject()
      for (name, count) in counts {
        json.key(name)
        json.number(count)
      }
      json.endObject()
    }
  }

  /// ISO 8601 in UTC, with milliseconds.
  static func time(_ nanoseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000) / 1000)
      .formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
  }
}
