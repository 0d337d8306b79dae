import ArgumentParser

/// Form of the messages on standard error.
struct LogOptions: ParsableArguments {
  @Option(help: "Form of the messages on standard error; json: an object per line, and no bar.")
  var logFormat: LogForm = .text
}

/// Form of the messages on standard error.
enum LogForm: String, ExpressibleByArgument, CaseIterable {
  case text, json

  /// The form that arguments ask for, which may be unusable otherwise: a mistake in them is reported in that form too.
  init(askedFor arguments: [String]) {
    let options = arguments.prefix { $0 != "--" }
    let values = zip(options, options.dropFirst() + [""]).compactMap { option, next -> String? in
      if option == "--log-format" { return next }
      return option.hasPrefix("--log-format=") ? String(option.dropFirst("--log-format=".count)) : nil
    }
    self = values.last.flatMap(LogForm.init(rawValue:)) ?? .text
  }
}
