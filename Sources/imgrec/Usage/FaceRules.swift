import Platform

extension IdentityOptions {
  /// The rules of a command on faces; `uses` are the options that it has a use for.
  func rules(_ command: String, uses: Set<String>) -> [OptionRule] {
    let given = [
      ("--identify", identify), ("--vectors", vectors), ("--gallery", gallery != nil),
      ("--max-distance", maxDistance != nil), ("--identifier", identifier != "sface"),
    ]
    return given.filter { !uses.contains($0.0) }.map { option, isGiven in
      let isOfScan = option == "--identify" || option == "--vectors"
      return OptionRule(
        isGiven, "\(option) does nothing in \(command)",
        isOfScan ? "Use imgrec scan --task faces \(option), or leave \(option) out." : "Leave \(option) out.")
    }
  }
}
