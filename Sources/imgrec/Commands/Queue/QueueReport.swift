import Outputs
import Queue
import Records

/// The status of a queue as text and as JSON.
struct QueueReport {
  let status: QueueStatus
  /// With `--watch`: the time of the report, records per second since the last one, and seconds until the items that
  /// are there now have records.
  var time: String?
  var rate: Double?
  var remainingSeconds: Double?

  init(_ status: QueueStatus) { self.status = status }

  private var numbers: [(String, Int)] {
    let load = status.load
    return [
      ("waiting", load.waiting), ("held", load.held), ("done", load.done), ("dead", load.dead),
      ("submitted", load.submitted), ("finished", load.finished), ("collected", load.collected),
      ("submitters", load.submitters), ("shards", status.plan.shards),
    ]
  }

  private var speed: String? {
    rate.map { rate in
      "\(SummaryLine.rate(rate)) images/s" + (remainingSeconds.map { ", \(ProgressNumbers.duration($0)) left" } ?? "")
    }
  }

  /// A line per number, and one per worker.
  var text: String {
    var lines = numbers.map { "\($0): \($1)" }
    lines.append("arguments: \(status.plan.arguments.joined(separator: " "))")
    if let speed { lines.append("speed: \(speed)") }
    lines += status.workers.map(Self.text)
    return lines.joined(separator: "\n")
  }

  /// One line: "2026-11-29T10:15:02.481Z waiting 12, held 8, …".
  var line: String {
    let lost = status.workers.count(where: \.isLost)
    let workers = SummaryLine.counted(status.workers.count, "worker") + (lost > 0 ? " (\(lost) lost)" : "")
    let parts = numbers.prefix(4).map { "\($0) \($1)" } + ["finished \(status.load.finished)", workers]
    return (time.map { $0 + " " } ?? "") + (parts + [speed].compactMap { $0 }).joined(separator: ", ")
  }

  private static func text(_ worker: QueueStatus.Worker) -> String {
    guard let own = worker.announcement, let beat = worker.beat else {
      return "worker \(worker.name): holds \(worker.held), last heartbeat \(Int(worker.silent)) s ago"
    }
    let state = worker.isLost ? "lost" : own.state.rawValue
    return "worker \(own.name) (imgrec \(own.version)): \(state), holds \(worker.held), finished \(own.finished), "
      + "beat \(Int(beat)) s ago"
  }

  var json: String {
    var json = JSONWriter()
    func text(_ key: String, _ value: String) {
      json.key(key)
      json.string(value)
    }
    func number(_ key: String, _ value: Int) {
      json.key(key)
      json.number(value)
    }
    func seconds(_ key: String, _ value: Double?) {
      guard let value else { return }
      json.key(key)
      json.number(value, decimals: 1)
    }
    json.beginObject()
    if let time { text("time", time) }
    for (name, value) in numbers { number(name, value) }
    seconds("images_per_second", rate)
    seconds("eta_seconds", remainingSeconds)
    json.key("arguments")
    json.beginArray()
    for argument in status.plan.arguments { json.string(argument) }
    json.endArray()
    json.key("workers")
    json.beginArray()
    for worker in status.workers {
      json.beginObject()
      text("name", worker.name)
      text("consumer", worker.consumer)
      if let own = worker.announcement {
        text("state", worker.isLost ? "lost" : own.state.rawValue)
        text("version", own.version)
        text("host", own.host)
        number("pid", own.pid)
        text("started", own.started)
        number("finished", own.finished)
      }
      number("held", worker.held)
      seconds("beat_seconds", worker.beat)
      seconds("silent_seconds", worker.silent)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.out.text
  }
}
