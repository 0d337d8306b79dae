import Cache
import Foundation
import Logging
import Platform
import Recognition
import Redis

/// Where results are cached: the value of `--cache`.
enum CacheLocation {
  /// The SQLite file at `standard`.
  case auto
  case off
  /// As `auto`, without looking answers up.
  case refresh
  case sqlite(String)
  case redis(RedisURL)

  /// Reads a value of `--cache`. Messages of the error show no password.
  init(_ text: String) throws(SetupError) {
    switch text {
    case "auto": self = .auto
    case "off": self = .off
    case "refresh": self = .refresh
    case _ where text.hasPrefix("sqlite:") && text.count > 7: self = .sqlite(String(text.dropFirst(7)))
    case _ where RedisURL.isOne(text):
      do { self = .redis(try RedisURL(text, environment: ProcessInfo.processInfo.environment)) } catch {
        throw SetupError.usage("--cache: \(error)", "Type it as redis://HOST, or use --cache sqlite:FILE.")
      }
    default:
      let question = Suggestions.question(text, among: ["auto", "off", "refresh"]).map { $0 + " " } ?? ""
      throw SetupError.usage(
        "--cache: '\(text.contains("@") ? "…" : text)' is not a cache",
        question + "It takes auto, off, refresh, sqlite:FILE or redis://HOST")
    }
  }

  /// Default path of the SQLite file; nil without a home directory.
  static var standard: String? { UserDirectories.cache().map { "\($0)/results.sqlite" } }

  /// Whether answers are looked up, not only stored.
  var looksUp: Bool {
    if case .refresh = self { false } else { true }
  }

  /// Throws if a Redis refuses the user or the password: it would not take them later either. One that does not answer
  /// may come back.
  func check() throws(SetupError) {
    guard case .redis(let url) = self else { return }
    do { try RedisStore.check(url) } catch  where error.isPermanent { throw SetupError("cache \(error)") } catch {}
  }

  /// Opens the store; nil for none. Throws as `check` does.
  func makeStore(logger: Logger) throws(SetupError) -> (any ResultStore)? {
    func standard() -> SQLiteStore? { Self.standard.map { SQLiteStore(path: $0, logger: logger) } }
    switch self {
    case .off: return nil
    case .auto, .refresh: return standard()
    case .sqlite(let path): return SQLiteStore(path: path, logger: logger)
    case .redis(let url):
      // Redis with the SQLite file in front of it.
      try check()
      let far = RedisStore(url, logger: logger)
      return standard().map { TieredStore(near: $0, far: far) } ?? far
    }
  }
}
