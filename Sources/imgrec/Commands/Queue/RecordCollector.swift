import Foundation
import Outputs
import Pipeline
import Platform
import Queue
import Recognition
import Redis

/// Writes the records of a queue to a file or to standard output.
final class RecordCollector {
  private let queue: RedisQueue
  private let collection: ResultCollector
  private let stop: StopToken
  private let quiet: Bool
  private let progress: RunOptions.ProgressForm
  /// Where `report` is shown while it runs.
  private let metrics: RunMetrics
  private let monitor: RunMonitor?
  /// What the records say.
  private var report = RunReport()
  private let started = Date()
  private var shownAt = Date.distantPast

  init(
    _ queue: RedisQueue, plan: QueueManifest, progress: RunOptions.ProgressForm, quiet: Bool, stop: StopToken,
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

  /// Runs until all records are written, or until stopped. Records that are not written yet stay in the queue. With
  /// `resuming`, the file keeps the records that another collector has written.
  func run(into file: OutputFile?, resuming: Bool = false) throws(SetupError) -> ExitStatus {
    var (end, arranged): (Int, ArrangedFile?) = (0, nil)
    if resuming, let file {
      let earlier = try CollectedRecords(file, lastLines: collection.maxRecords)
      // Only these can be delivered again.
      for line in earlier.lastLines { collection.remember(line: line) }
      end = earlier.end
      arranged = ArrangedFile(for: file)
    }
    let output = file.map { ByteOutput($0, after: end) } ?? ByteOutput()
    try output.begin()
    defer {
      collection.end()
      if progress == .bar { Console.erase() }
    }
    do throws(SinkError) {
      try copy(to: output)
      try output.finish()
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
      return .done
    }
    show(last: true)
    try queue.checkProblem()
    if !quiet {
      report.wallSeconds = Date().timeIntervalSince(started)
      Console.summary(SummaryLine(report))
    }
    if stop.isRequested {
      Console.note("interrupted: records that are not written yet stay in the queue; `imgrec collect` continues")
      return .interrupted
    }
    if let file, let arranged {
      guard file.size > 0 else { return .noImages }
      return try settle(file, arranged) > 0 ? .partialFailure : .done
    }
    return report.inputs == 0 ? .noImages : report.failed > 0 ? .partialFailure : .done
  }

  /// Removes the failures of items that succeeded later, and counts those that are left.
  private func settle(_ file: OutputFile, _ arranged: ArrangedFile) throws(SetupError) -> Int {
    let failures = try CollectedRecords.failures(in: file)
    if !failures.superseded.isEmpty {
      let order = try CollectedRecords.offsets(in: file, without: failures.superseded)
      do { try arranged.write(order) } catch { Console.note("warning: \(error)") }
    }
    return failures.left
  }

  private func copy(to output: ByteOutput) throws(SinkError) {
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
          try output.write(json: record.json)
          try output.write([UInt8(ascii: "\n")])
          report.count(record)
        }
        // Flushed before the next call, which removes them from Redis.
        try output.flush()
        metrics.count { $0 = report }
        show()
        pause = records.isEmpty ? min(0.3, pause * 2) : 0.01
        if records.isEmpty { usleep(UInt32(pause * 1e6)) }
      }
    }
  }

  private func show(last: Bool = false) {
    guard progress != .none, last || Date().timeIntervalSince(shownAt) > (progress == .bar ? 0.1 : 1) else { return }
    shownAt = Date()
    let rate = Double(report.inputs) / max(1e-6, shownAt.timeIntervalSince(started))
    switch progress {
    case .none: break
    case .json:
      Console.json(
        "{\"event\":\"progress\",\"done\":\(report.inputs),\"ok\":\(report.ok),\"failed\":\(report.failed),"
          + "\"left\":\(collection.left),\"images_per_second\":\((rate * 10).rounded() / 10)}", to: STDERR_FILENO)
    case .bar:
      guard !last else { return }
      var parts = ["\(SummaryLine.rate(rate)) images/s", "\(SummaryLine.count(collection.left)) in the queue"]
      if report.failed > 0 { parts.insert("\(SummaryLine.count(report.failed)) failed", at: 1) }
      let line = ProgressLine(done: report.inputs, total: nil, parts: parts)
      Console.redraw(line.text(columns: TerminalStyle.columns(of: STDERR_FILENO) ?? 80))
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
