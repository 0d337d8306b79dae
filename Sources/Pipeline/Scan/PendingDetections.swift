import Recognition

/// A task's answer for one image while second stages examine its detections.
final class PendingDetections: Sendable {
  private struct State {
    var detections: [Detection]
    /// The page that the first stage read, from which crops are cut; nil: the job's picture.
    var page: SourcePicture?
    /// Indices of the detections that the current stage has not examined yet: it began with a sample.
    var rest: [Int] = []
    /// Whether detections are upside down, by their indices, as far as the current stage has found out.
    var upsideDown: [Int: Bool] = [:]
    /// Crops of the current stage whose answers are missing.
    var missing = 0
    var failure: Failure?
    /// Whether crops were given up, and with them the image.
    var isDropped = false
    var wait: Double
    var infer: Double
  }

  let job: ImageJob
  private let answer: Answer
  private let state: Monitor<State>

  init(job: ImageJob, answer: Answer, detections: [Detection], page: SourcePicture? = nil, wait: Double, infer: Double)
  {
    self.job = job
    self.answer = answer
    state = Monitor(State(detections: detections, page: page, wait: wait, infer: infer))
  }

  var detections: [Detection] { state.withLock { $0.detections } }
  /// What crops are cut from.
  var picture: SourcePicture? { state.withLock { $0.page } ?? job.picture }
  var failure: Failure? { state.withLock { $0.failure } }
  var isDropped: Bool { state.withLock { $0.isDropped } }

  /// Returns the page to the caller that releases it, once.
  func takePage() -> SourcePicture? {
    state.withLock { state in
      defer { state.page = nil }
      return state.page
    }
  }

  /// The indices of the detections that `stage` examines now: a sample of them if one suffices as a rule.
  func begin(_ stage: SecondStage) -> [Int] {
    state.withLock { state in
      let all = Array(state.detections.indices)
      guard let sample = stage.sample(of: state.detections) else { return all }
      let chosen = Set(sample)
      state.rest = all.filter { !chosen.contains($0) }
      return sample
    }
  }

  /// The indices of the detections that the current stage examines after its sample; empty if it has finished.
  func takeRest() -> [Int] {
    state.withLock { state in
      defer { state.rest = [] }
      return state.upsideDown.values.contains(true) ? state.rest : []
    }
  }

  /// The crops of the detections `indices` for the network of `stage`; without those that cannot be made. Crops of one size
  /// follow each other, as an engine prepares itself for each new one.
  func crops(of indices: [Int], for stage: SecondStage, input: InputSpec) -> [(detection: Int, crop: Crop)] {
    let detections = detections
    return indices.compactMap { index in
      stage.crop(of: detections[index], input: input).map { (index, $0) }
    }.sorted { $0.crop.transform.slot.width < $1.crop.transform.slot.width }
  }

  /// Sets the number of answers to come; called before the crops are sent.
  func expect(_ count: Int) { state.withLock { $0.missing = count } }

  /// Merges the answer to one crop; returns true for the last. Times in milliseconds.
  func merge(
    _ result: Result<Findings, Failure>, of stage: SecondStage, crop: Crop, detection index: Int, isRotated: Bool,
    wait: Double, infer: Double
  ) -> Bool {
    state.withLock { state in
      switch result {
      case .success(let findings):
        if isRotated { state.detections[index].rotate180() }
        if let isUpsideDown = stage.isUpsideDown(findings) { state.upsideDown[index] = isUpsideDown }
        do throws(Failure) {
          try stage.apply(findings, to: &state.detections[index], crop: crop)
        } catch {
          state.failure = state.failure ?? error
        }
      case .failure(let failure): state.failure = state.failure ?? failure
      }
      state.wait += wait
      state.infer += infer
      state.missing -= 1
      return state.missing == 0
    }
  }

  /// Gives up the answers to `count` crops of the current stage; returns true if no other is missing.
  func drop(_ count: Int) -> Bool {
    state.withLock { state in
      state.isDropped = true
      state.missing -= count
      return state.missing == 0
    }
  }

  /// Lets a stage that has all its answers rotate and filter the detections.
  func finish(_ stage: SecondStage, minimum: Float) {
    state.withLock { state in
      for index in stage.alsoUpsideDown(state.upsideDown, among: state.detections) {
        state.detections[index].rotate180()
      }
      (state.rest, state.upsideDown) = ([], [:])
      state.detections = stage.finish(state.detections, minimum: minimum)
    }
  }

  /// The answer with what the second stages added, after `postprocess`.
  func result(after postprocess: (@Sendable ([Detection]) -> [Detection])?) -> (
    Result<Answer, Failure>, wait: Double, infer: Double
  ) {
    let state = state.withLock { $0 }
    if let failure = state.failure { return (.failure(failure), state.wait, state.infer) }
    var answer = answer
    answer.findings = .detections(postprocess?(state.detections) ?? state.detections)
    return (.success(answer), state.wait, state.infer)
  }
}
