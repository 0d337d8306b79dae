import Recognition
import Records

/// What the circuit breakers of a run did, in each form of the summary.
extension Summary {
  /// A line for each breaker whose fallback has answered.
  public var breakerLines: [String] {
    report.breakers.filter { $0.fellBack > 0 || $0.tripCount > 0 }.map { breaker in
      let total = breaker.answered + breaker.fellBack
      var line =
        "fallback: answered \(SummaryLine.count(breaker.fellBack)) of \(SummaryLine.count(total)) "
        + "(\(breaker.fallback) for \(breaker.model))"
      if breaker.tripCount > 0 {
        let reasons = Self.openings(breaker).filter { $0.count > 0 }.map { "\($0.reason.rawValue) \($0.count)" }
        line +=
          "; the breaker opened \(Self.times(breaker.tripCount)) (\(reasons.joined(separator: ", "))), "
          + "closed \(Self.times(breaker.closings))"
      }
      return line
    }
  }

  /// The value of `breakers` in the summary as JSON.
  func writeBreakers(to json: inout JSONWriter) {
    json.beginArray()
    for breaker in report.breakers {
      json.beginObject()
      for (key, text) in [
        ("task", breaker.task.rawValue), ("model", breaker.model), ("fallback", breaker.fallback),
        ("state", breaker.state.rawValue),
      ] {
        json.key(key)
        json.string(text)
      }
      let counts = [("answered", breaker.answered), ("fell_back", breaker.fellBack)]
      let changes = [("closings", breaker.closings), ("trials", breaker.trials)]
      for (key, count) in counts + Self.openings(breaker).map({ ("opened_by_\($0.reason)", $0.count) }) + changes {
        json.key(key)
        json.number(count)
      }
      json.endObject()
    }
    json.endArray()
  }

  /// The number of openings by each reason.
  private static func openings(_ breaker: BreakerReport) -> [(reason: BreakerReport.Reason, count: Int)] {
    BreakerReport.Reason.allCases.map { ($0, breaker.openings[$0] ?? 0) }
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(SummaryLine.count(count)) times" }
}
