import ArgumentParser
import Codecs
import Foundation
import Logging
import OpenVINOEngine
import Outputs
import Pipeline
import Recognition
import Stores

/// Which results are kept and used again.
struct CacheOptions: ParsableArguments {
  @Option(
    help: .init(
      "Results of earlier runs: auto, off, refresh (recognise anew and keep), sqlite:FILE, redis://HOST.",
      valueName: "auto|off|refresh|sqlite:FILE|redis://..."))
  var cache = "auto"

  @Flag(help: "Keep the whole records that are in the output file already, and do the rest.")
  var resume = false

  // Checked here and not while parsing: the parser's own message would show a password.
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
    default: throw ValidationError("--cache is auto, off, refresh, sqlite:FILE or redis://HOST.")
    }
  }
}

extension Assembly {
  /// The store, and what it is asked; nil where none is to be used.
  func cache(
    _ options: CacheOptions, tasks: [TaskPlan], precision: OpenVINOEngines.Precision, limits: DecodeLimits,
    pictureSide: Int?, format: OutputFormat, logger: Logger
  ) throws(SetupError) -> CachePlan? {
    let choice: CacheOptions.Choice
    do { choice = try options.choice() } catch { throw SetupError(error.message) }
    guard let store = store(choice, logger: logger) else { return nil }
    var looksUp = true
    if case .refresh = choice { looksUp = false }
    var questions: [Question] = []
    for task in tasks {
      let engine = { (instances: [any Engine]) in "\(instances[0].kind.rawValue) \(precision.rawValue)" }
      var asked = CacheKey.Options(engine: engine(task.instances))
      asked.fullDecode = limits.fullDecode
      let usual = DecodeLimits()
      if limits.maxWarnings > usual.maxWarnings { asked.limits.append("warnings \(limits.maxWarnings)") }
      if limits.maxScans != usual.maxScans { asked.limits.append("scans \(limits.maxScans)") }
      var networks = [
        CacheKey.Network(model: task.model, thresholds: task.thresholds, engine: engine(task.instances))
      ]
      var last = task.lastDepends
      if let spare = task.spare, case .unsure(let least) = spare.rule {
        networks.append(.init(model: spare.model, thresholds: spare.thresholds, engine: engine(spare.instances)))
        last.append("cascade \(least)")
      }
      for step in task.steps {
        networks.append(.init(model: step.model, thresholds: step.thresholds, engine: engine(step.instances)))
      }
      if let side = pictureSide, !task.steps.isEmpty { last.append("crops of \(side)") }
      questions.append(try CacheKey.question(networks: networks, options: asked, last: last))
    }
    var plan = CachePlan(
      store: store, looksUp: looksUp, questions: questions,
      encode: { answer, facts, warnings in
        StoredFindings.encode(answer.findings, model: answer.another, facts: facts, warnings: warnings)
      })
    if format != .jsonl, format != .json {
      plan.decode = { bytes, task in StoredFindings.decode(bytes, task: task) }
    }
    return plan
  }

  private func store(_ choice: CacheOptions.Choice, logger: Logger) -> (any ResultStore)? {
    switch choice {
    case .off: return nil
    case .sqlite(let path): return SQLiteStore(path: path, logger: logger)
    case .redis(let url): return redis(url, logger: logger)
    case .auto, .refresh:
      guard let path = CacheLocation.standard else { return nil }
      return SQLiteStore(path: path, logger: logger)
    }
  }
}

extension Assembly {
  /// A Redis with the embedded store in front of it.
  private func redis(_ url: RedisURL, logger: Logger) -> any ResultStore {
    let far = RedisStore(url, logger: logger)
    guard let near = CacheLocation.standard else { return far }
    return TieredStore(near: SQLiteStore(path: near, logger: logger), far: far)
  }
}

enum CacheLocation {
  /// Where results are kept unless something else is said; nil without a home.
  static var standard: String? { SQLiteFile.standardPath(environment: ProcessInfo.processInfo.environment) }
}
