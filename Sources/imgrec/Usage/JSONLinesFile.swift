import Outputs
import Platform

/// The file of records that are always JSON Lines.
enum JSONLinesFile {
  /// The rule of the name of that file, the value of `option`, in `command`.
  static func rules(_ option: String, _ name: String?, _ command: String) -> [OptionRule] {
    guard let name, name != "-", let ending = OutputEnding(RawArguments().path(name)) else { return [] }
    let known: String
    switch ending {
    case .format(.jsonl): return []
    case .format(let format): known = format.rawValue
    case .unwritten(let text, _): known = text
    }
    return [
      OptionRule(
        true, "\(option) \(name): \(command) writes JSON Lines, and no \(known)",
        "Name the file .jsonl; imgrec scan writes other formats.")
    ]
  }
}
