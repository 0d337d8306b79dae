import ArgumentParser
import Foundation
import Redis

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
  func validate() throws { _ = try choice() }

  enum Choice {
    case auto, off, refresh
    case sqlite(String)
    case redis(RedisURL)
  }

  func choice() throws(ValidationError) -> Choice {
    switch cache {
    case "auto": return .auto
    case "off": return .off
    case "refresh": return .refresh
    case _ where cache.hasPrefix("sqlite:") && cache.count > 7: return .sqlite(String(cache.dropFirst(7)))
    case _ where RedisURL.isOne(cache):
      do { return .redis(try RedisURL(cache, environment: ProcessInfo.processInfo.environment)) } catch {
        throw ValidationError("\(error)")
      }
    default: throw ValidationError("--cache takes auto, off, refresh, sqlite:FILE or redis://HOST.")
    }
  }
}
