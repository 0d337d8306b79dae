import Platform

/// A rule about options of a command line that do nothing, or contradict each other, together.
///
/// All such rules of a command are in one list, which is checked before the run starts.
struct OptionRule {
  /// Whether the command line breaks the rule.
  var isBroken: Bool
  /// Names the mistake.
  var problem: String
  /// Names what to type instead.
  var advice: String

  init(_ isBroken: Bool, _ problem: String, _ advice: String) {
    self.isBroken = isBroken
    self.problem = problem
    self.advice = advice
  }

  /// `option` does something only beside `other`. `add` is what to type if it is not `other` itself.
  static func needs(
    _ option: String, _ isGiven: Bool, _ other: String, _ isPresent: Bool, add: String? = nil
  ) -> OptionRule {
    OptionRule(
      isGiven && !isPresent, "\(option) needs \(other)", "Add \(add ?? other), or leave \(option) out.")
  }

  /// Two options that exclude each other, with the reason if it is not plain.
  static func excludes(
    _ option: String, _ isGiven: Bool, _ other: String, _ otherIsGiven: Bool, because reason: String? = nil
  ) -> OptionRule {
    OptionRule(
      isGiven && otherIsGiven, "\(option) and \(other) cannot be used together" + (reason.map { ": \($0)" } ?? ""),
      "Leave \(option) or \(other) out.")
  }

  /// An option that does nothing in this command or run, for the given reason.
  static func idle(
    _ option: String, _ isGiven: Bool, in command: String, because reason: String, advice: String? = nil
  ) -> OptionRule {
    OptionRule(
      isGiven, "\(option) does nothing in \(command): \(reason)", advice ?? "Leave \(option) out.")
  }
}

extension [OptionRule] {
  /// Throws the first rule that is broken.
  func check() throws(SetupError) {
    if let broken = first(where: \.isBroken) { throw SetupError.usage(broken.problem, broken.advice) }
  }
}
