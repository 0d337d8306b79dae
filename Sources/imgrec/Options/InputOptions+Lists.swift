/// Lists of paths among the inputs.
extension InputOptions {
  /// Whether any input is a list of paths, or may be one.
  var readsLists: Bool { !filesFrom.isEmpty || paths.contains("-") }
}
