import Codecs
import Inputs
import Platform
import Recognition
import Synchronization
import Testing

@testable import Pipeline

/// The lookup, match and write stages, over a store in memory.
@Suite struct CacheStageTests {
  private final class MemoryStore: ResultStore {
    let state = Mutex<(answers: [AnswerKey: [UInt8]], puts: Int)>(([:], 0))

    func digests(of stamps: [FileStamp]) -> [[UInt8]?] { stamps.map { _ in nil } }
    func answers(to keys: [AnswerKey]) -> [[UInt8]?] { state.withLock { state in keys.map { state.answers[$0] } } }
    func put(_ batch: StoreBatch) {
      state.withLock { state in
        state.puts += 1
        for (key, value) in batch.answers { state.answers[key] = value }
      }
    }
    func close() {}
    var faults: Int { 0 }
  }

  private let query = QueryKey(digest: [UInt8](repeating: 7, count: 32))
  private let store = MemoryStore()
  private let control = RunControl(stop: StopToken(), metrics: RunMetrics(), inFlight: InFlightLimiter(limit: 100))

  private var configuration: CacheConfiguration {
    CacheConfiguration(
      store: store,
      queries: [TaskQuery(task: .classify, query: query, reference: "m@1", engine: EngineUse(.opencv))])
  }

  private func item(_ index: Int, _ bytes: [UInt8]) -> Item {
    Item(index: index, path: RawPath("\(index)"), origin: .bytes(bytes))
  }

  @Test("bytes that the cache knows become records, the others go on to the decoders")
  func match() {
    let known: [UInt8] = [1, 2, 3]
    store.put(
      {
        var batch = StoreBatch()
        batch.answers.append((AnswerKey(image: Digest.of(known), query: query), Array(#"{"findings":[]}"#.utf8)))
        return batch
      }())
    let jobs = Channel<ImageJob>(limit: 1 << 20)
    let unmatched = Channel<ImageJob>(limit: 1 << 20)
    let completions = Channel<Completion>(limit: 100)
    let (records, misses) = (completions.receiver(), unmatched.receiver())
    let files = FileBufferPool(capacity: 1 << 20)
    do {
      let stage = MatchStage(
        jobs: jobs.receiver(), unmatched: unmatched.sender(), completions: completions.sender(),
        cache: CacheLookup(configuration, limits: DecodeLimits(), maxFileSize: 1 << 20), files: files,
        control: control)
      let sender = jobs.sender()
      for (index, bytes) in [known, [9, 9]].enumerated() {
        let buffer = files.acquire()
        buffer.assign(bytes)
        let job = ImageJob(item: item(index, bytes), bytes: buffer, tasks: 1, startedAt: 0)
        job.facts.digest = Digest.of(bytes)
        sender.send(job)
      }
      jobs.cancel()
      stage.run()
    }
    guard case .record(let outcome)? = records.receive() else { return #expect(Bool(false), "no record") }
    #expect(outcome.index == 0)
    #expect(outcome.cache == .hit)
    #expect(records.receive() == nil, "one record")
    #expect(misses.receive()?.index == 1)
    #expect(misses.receive() == nil, "the stage's sender is gone with it")
  }

  @Test("new answers are written once their records were, fallbacks' and followers' answers never")
  func write() {
    let completions = Channel<Completion>(limit: 100)
    let stage = CacheWriteStage(completions: completions.receiver(), cache: configuration)
    let sender = completions.sender()
    for index in 0..<3 {
      var answer = Answer(task: .classify, model: "m@1", engine: EngineUse(.opencv), findings: .labels([]))
      answer.isFallback = index == 1
      var outcome = Outcome(
        index: index, path: RawPath("\(index)"), result: .success([answer]), cache: index == 2 ? .similar : .miss)
      outcome.facts.digest = [UInt8](repeating: UInt8(index), count: 32)
      #expect(outcome.isCacheable == (index == 0))
      if outcome.isCacheable { sender.send(.record(outcome)) }
    }
    completions.cancel()
    stage.run()
    let keys = store.state.withLock { Set($0.answers.keys.map { $0.image[0] }) }
    #expect(keys == [0])
  }
}
