import Foundation
import Outputs
import Pipeline
import Platform
import Queue
import Recognition
import Redis

/// How a run that collects reports its progress.
struct CollectProgress {
  var form = RunOptions.ProgressForm.none
  /// Whether, without a bar, a message reports it now and then.
  var isNoted = false

  /// Seconds between two reports.
  var pause: Double {
    switch form {
    case .bar: 0.1
    case .json: 1
    case .none: 10
    }
  }
}

/// Writes the records of a queue to files or to standard output.
final class RecordCollector {
  private let queue: RedisQueue
  private let collection: ResultCollector
  private let stop: StopToken
  private let quiet: Bool
  private let progress: CollectProgress
  /// Where `report` is shown while it runs.
  private let metrics: RunMetrics
  private let monitor: RunMonitor?
  /// What the records say.
  private var report = RunReport()
  private let started = monotonicSeconds()
  private var shownAt: Double?
  private var rate = RecentRate()
  /// Number of items without a record, or whose record is not written.
  private var left = 0

  init(
    _ queue: RedisQueue, plan: QueueManifest, progress: CollectProgress, quiet: Bool, stop: StopToken,
    metrics: RunMetrics, monitor: RunMonitor?
  ) {
    self.metrics = metrics
    self.monitor = monitor
    monitor?.watch(queue, plan: plan)
    self.queue = queue
    self.progress = progress
    self.quiet = quiet
    self.stop = stop
    collection = ResultCollector(queue, plan: plan)
  }

  /// Writes the records to one file of JSON Lines, or to standard output. With `resuming`, the file keeps the records
  /// that another collector has written.
  func run(into file: OutputFile?, resuming: Bool = false) throws(SetupError) -> ExitStatus {
    guard resuming, let file else { return try run(into: [try CollectedOutput(file)]) }
    let earlier = try CollectedRecords(file, lastLines: collection.maxRecords)
    // Only these can be delivered again.
    for line in earlier.lastLines { collection.remember(line: line) }
    let arranged = ArrangedFile(for: file)
    let status = try run(into: [try CollectedOutput(file, after: earlier.end)])
    guard status != .interrupted, !isClosed else { return status }
    guard file.size > 0 else { return .noImages }
    return try settle(file, arranged) > 0 ? .partialFailure : .done
  }

  /// Whether the reader of the records closed its pipe.
  private var isClosed = false

  /// Runs until all records are written, or until stopped. Records that are not written yet stay in the queue.
  func run(into list: [CollectedOutput]) throws(SetupError) -> ExitStatus {
    var outputs = CollectedOutputs(list)
    try outputs.begin()
    defer {
      collection.end()
      if progress.form == .bar { Console.erase() }
    }
    RunReady.note("collecting records of queue \(queue.label)", quiet: quiet)
    do throws(SinkError) {
      try copy(to: &outputs)
      try outputs.finish()
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
      isClosed = true
      return .done
    }
    if stop.isRequested { acknowledge() }
    show(last: true)
    try queue.checkProblem()
    if outputs.unread > 0 {
      Console.note(
        "\(SummaryLine.counted(outputs.unread, "record")) of another version left out where records have columns; "
          + "JSON Lines have them all", .warning)
    }
    if !quiet {
      report.wallSeconds = monotonicSeconds() - started
      Console.summary(SummaryLine(report))
    }
    if stop.isRequested {
      Console.note(
        "interrupted: records that are not written yet stay in the queue; `imgrec collect` continues", .warning,
        event: .interrupted)
      return .interrupted
    }
    return report.inputs == 0 ? .noImages : report.failed > 0 ? .partialFailure : .done
  }

  /// Removes what is written from the queue, so that no later run has it again. A Redis that cannot be reached keeps it:
  /// `--resume` leaves out what the file has.
  private func acknowledge() {
    let deadline = monotonicSeconds() + 3
    _ = queue.retry(while: monotonicSeconds() < deadline) { () throws(RedisError) in
      try self.collection.acknowledge()
    }
  }

  /// Removes the failures of items that succeeded later, and counts those that are left.
  private func settle(_ file: OutputFile, _ arranged: ArrangedFile) throws(SetupError) -> Int {
    let failures = try CollectedRecords.failures(in: file)
    if !failures.superseded.isEmpty {
      let order = try CollectedRecords.offsets(in: file, without: failures.superseded)
      do { try arranged.write(order) } catch { Console.note("warning: \(error)", .warning) }
    }
    return failures.left
  }

  private func copy(to outputs: inout CollectedOutputs) throws(SinkError) {
    var pause = 0.01
    var hasReported = false
    while !stop.isRequested {
      let step = queue.retry(while: !self.stop.isRequested) { () throws(RedisError) in
        try self.collection.next()
      }
      switch step {
      case nil, .end: return
      case .taken:
        if !hasReported { queue.note("another collector is running; waiting for it to end") }
        hasReported = true
        monitor?.wait(for: "another collector is running")
        usleep(1_000_000)
      case .records(let records):
        monitor?.ready()
        for record in records {
          try outputs.write(record.json)
          report.count(record)
        }
        // Flushed before the next call, which removes them from Redis.
        try outputs.flush()
        left = max(0, collection.left - records.count)
        metrics.count { $0 = report }
        show()
        pause = records.isEmpty ? min(0.3, pause * 2) : 0.01
        if records.isEmpty { usleep(UInt32(pause * 1e6)) }
      }
    }
  }

  private func show(last: Bool = false) {
    let now = monotonicSeconds()
    rate.add(report.inputs, at: now - started)
    guard last || shownAt.map({ now - $0 > progress.pause }) ?? true else { return }
    // Nothing has happened yet at the start of a run whose progress is in messages.
    if progress.form == .none, shownAt == nil, !last {
      shownAt = now
      return
    }
    shownAt = now
    let numbers = ProgressNumbers(
      done: report.inputs, ok: report.ok, failed: report.failed, total: report.inputs + left, left: left,
      rate: rate.value)
    switch progress.form {
    case .json: numbers.print()
    case .bar: if !last { Console.redraw(numbers.line(TerminalStyle.columns(of: STDERR_FILENO) ?? 80)) }
    case .none:
      guard progress.isNoted, !last else { return }
      if Console.form == .json { numbers.print() } else { queue.note(numbers.text, event: .progress) }
    }
  }
}

extension RunReport {
  /// Counts a collected record: the cause of a failure and the format of its file are in it.
  fileprivate mutating func count(_ record: ResultCollector.Record) {
    inputs += 1
    guard record.isFailure else {
      ok += 1
      return
    }
    failed += 1
    let object = (try? JSONSerialization.jsonObject(with: Data(record.json))) as? [String: Any]
    let error = object?["error"] as? [String: Any]
    guard let code = (error?["code"] as? String).flatMap(Failure.Code.init(rawValue:)) else { return }
    failures[code, default: 0] += 1
    if code == .unsupported, let format = (object?["format"] as? String).flatMap(ImageFormat.recorded)?.format {
      unsupportedFormats[format, default: 0] += 1
    }
  }
}
