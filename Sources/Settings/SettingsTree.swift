internal import TOMLKit

// A module of its own, because TOMLKit extends String and Optional wherever it is imported.

/// What a file of settings holds, in the order of its keys.
public indirect enum SettingsTree: Sendable {
  case flag(Bool)
  /// A text or a number, as it is typed.
  case text(String)
  /// Texts and numbers.
  case list([String])
  case table([(key: String, value: SettingsTree)])
  /// A date, a time, or a list of lists, which no option takes.
  case unusable

  /// Why a text is no TOML.
  public struct Problem: Error {
    /// From 1.
    public var line: Int
    public var text: String
  }

  /// Reads TOML 1.0.
  public init(toml: String) throws(Problem) {
    do { self = Self.read(try TOMLTable(string: toml)) } catch let error as TOMLParseError {
      throw Problem(line: Int(error.source.begin.line), text: error.description)
    } catch { throw Problem(line: 1, text: "\(error)") }
  }

  private static func read(_ table: TOMLTable) -> SettingsTree {
    .table(table.map { key, value in (key, read(value)) })
  }

  private static func read(_ value: any TOMLValueConvertible) -> SettingsTree {
    switch value.type {
    case .table: value.table.map(read) ?? .unusable
    case .bool: value.bool.map(SettingsTree.flag) ?? .unusable
    case .array:
      value.array.flatMap { list -> [String]? in
        let texts = list.map(text)
        return texts.contains(nil) ? nil : texts.compactMap { $0 }
      }.map(SettingsTree.list) ?? .unusable
    case .string, .int, .double, .date, .time, .dateTime: text(value).map(SettingsTree.text) ?? .unusable
    }
  }

  private static func text(_ value: any TOMLValueConvertible) -> String? {
    switch value.type {
    case .string: value.string
    case .int: value.int.map { "\($0)" }
    case .double: value.double.map { "\($0)" }
    case .bool, .array, .table, .date, .time, .dateTime: nil
    }
  }
}
