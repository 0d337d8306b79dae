import ArgumentParser

/// Selection of the cache.
struct CacheOptions: ParsableArguments {
  @Option(
    help: .init(
      """
      Cache of results: auto, off, refresh (recognise everything again and store it), sqlite:FILE or redis://HOST.
      """, valueName: "mode|url"),
    completion: .list(["auto", "off", "refresh"]))
  var cache = "auto"

  // Checked here and not in a transform: the parser's own message would show a password.
  func validate() throws {
    do { _ = try CacheLocation(cache) } catch { throw ValidationError(error.description) }
  }
}
