import Inputs
import Platform

extension InputOptions {
  /// The rules of the inputs of `command`.
  func rules(_ command: String) -> [OptionRule] {
    let arguments = RawArguments()
    let hasList = paths.contains("-") || !filesFrom.isEmpty
    let named = arguments.paths(paths) + arguments.paths(filesFrom)
    return [
      OptionRule(
        paths.isEmpty && filesFrom.isEmpty, "no image or folder is named",
        "Name one, or '-' to read a list of paths or an image from standard input: \(command) PATH"),
      .needs("-0", null, "a list of paths", hasList, add: "'-' to read one from standard input, or --files-from FILE"),
    ]
      + named.compactMap { path in
        guard path != RawPath("-"), !AtomicFile.exists(path), let remote = RemoteInput(path) else { return nil }
        return OptionRule(true, "\(path) is not a file: \(remote.problem)", remote.advice(for: command))
      }
  }
}
