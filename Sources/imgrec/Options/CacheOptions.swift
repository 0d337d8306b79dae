import ArgumentParser
import Platform

/// Selection of the cache.
struct CacheOptions: ParsableArguments {
  @Option(
    help: .init(
      """
      Cache of results: auto, off, refresh (recognise everything again and store it), sqlite:FILE or redis://HOST.
      """, valueName: "mode|url"),
    completion: .list(["auto", "off", "refresh"]))
  var cache = "auto"

  /// Throws if the value is none. Not in a transform: the parser's own message would show a password.
  func check() throws(SetupError) { _ = try CacheLocation(cache) }
}
