import Foundation
import Inputs
import Testing

@testable import Pipeline
@testable import Platform
@testable import Recognition

@Suite struct ReadStageTests {
  /// Runs the stage over items; returns the paths that were read, and what ended.
  private func run(_ items: [Item]) -> (read: [String], ended: [Completion], report: RunReport) {
    let (inputs, jobs) = (Channel<Item>(limit: .max), Channel<ImageJob>(limit: .max))
    let completions = Channel<Completion>(limit: 100)
    let control = RunControl(stop: StopToken(), metrics: RunMetrics(), inFlight: InFlightLimiter(limit: 100))
    let (read, ended) = (jobs.receiver(), completions.receiver())
    let sender = inputs.sender()
    for item in items { sender.send(item) }
    inputs.cancel()
    ReadStage(
      items: inputs.receiver(), jobs: jobs.sender(), completions: completions.sender(),
      reader: ItemReader(maxBytes: 1 << 20), tasks: 1, isCached: false, readsExif: false, pages: .first,
      files: Buffers(memory: 1 << 20, unusedSlots: 0).files, control: control
    ).run()
    return (
      read.receive(atMost: 100).map { String(decoding: $0.path.lastComponent, as: UTF8.self) },
      ended.receive(atMost: 100), control.metrics.report
    )
  }

  @Test("a file that has changed since it settled is dropped, also if it cannot be read")
  func settled() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imgrec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let names = ["same", "changed", "gone", "empty", "emptied"]
    var items: [Item] = []
    for (index, name) in names.enumerated() {
      let file = folder.appendingPathComponent(name)
      try Data((name == "empty" ? "" : name).utf8).write(to: file)
      var item = Item(index: index, path: RawPath(file.path))
      var status = stat()
      #expect(LongPath.examine(item.path, &status) == 0)
      let times = nanoseconds(status)
      item.settled = FileStamp(
        device: FileIdentity(status).device, inode: FileIdentity(status).inode, size: Int64(status.st_size),
        modified: times.modified, changed: times.changed)
      items.append(item)
    }
    try Data("other bytes".utf8).write(to: folder.appendingPathComponent("changed"))
    try FileManager.default.removeItem(at: folder.appendingPathComponent("gone"))
    try Data().write(to: folder.appendingPathComponent("emptied"))
    let result = run(items)
    #expect(result.read == ["same"])
    var (dropped, failed) = (Set<Int>(), [Failure.Code?]())
    for end in result.ended {
      switch end {
      case .dropped(let index, _): dropped.insert(index)
      case .record(let outcome): failed.append(outcome.failure?.code)
      }
    }
    #expect(dropped == [1, 2, 4])
    #expect(failed == [.empty], "an empty file that stays empty has a record")
    #expect(result.report.superseded == 3)
  }
}
