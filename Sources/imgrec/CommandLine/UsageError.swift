import Outputs
import Platform

/// A mistake in the arguments, in two lines: what it is, and what to type instead.
struct UsageError: Equatable {
  var problem: String
  var advice: String

  init(_ problem: String, _ advice: String) {
    (self.problem, self.advice) = (problem, advice)
  }

  /// A path that begins with a dash and is read as an option.
  static func path(_ argument: String) -> UsageError {
    UsageError("\(argument) is read as an option", "If it is a path: ./\(argument), or -- before the paths")
  }

  /// The message as printed, without control characters of the arguments.
  var text: String { "imgrec: \(TerminalText.escaped(problem))\n\(TerminalText.escaped(advice))\n" }

  /// `text` without the credentials of URLs.
  static func withoutPasswords(_ text: String) -> String { text.replacing(/:\/\/[^@\/]*@/, with: "://***@") }

  /// A command line as it would be typed, with long ones cut and without the passwords of URLs.
  static func shown(_ words: [String], limit: Int = 8) -> String {
    let shown = words.prefix(limit).map { word in
      var word = withoutPasswords(word)
      let isPlain = word.unicodeScalars.allSatisfy { scalar in
        scalar.value >= 0x80 || scalar.properties.isAlphabetic
          || "0123456789-_./,:=%+@~".unicodeScalars.contains(scalar)
      }
      if !isPlain || word.isEmpty { word = "'" + word.replacing("'", with: "'\\''") + "'" }
      return word
    }
    return shown.joined(separator: " ") + (words.count > limit ? " ..." : "")
  }
}
