import Outputs
import Pipeline

extension Summary {
  init(_ report: RunReport, ignored: Int, choices: [Choice]) {
    self.init()
    inputs = report.inputs
    ok = report.ok
    failed = report.failed
    skipped = report.skipped
    cached = report.cached
    similar = report.similar
    escalated = report.escalated
    fallbacks = report.fallbacks
    tripCount = report.tripCount
    storeFaults = report.storeFaults
    warned = report.warned
    self.ignored = ignored
    failures = report.failures
    bytes = report.bytesRead
    pixels = report.pixels
    wallSeconds = report.wallSeconds
    stages = [
      StageTime("look up", report.lookupSeconds), StageTime("read", report.readSeconds),
      StageTime("decode", report.decodeSeconds),
      StageTime("infer", report.inferSeconds), StageTime("write", report.writeSeconds),
    ]
    batches = report.batches
    batchedImages = report.batchedImages
    self.choices = choices
    interrupted = report.stop == .interrupted
    measureProcess()
  }
}
