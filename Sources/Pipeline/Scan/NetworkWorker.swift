import Recognition

/// An image or crop in a network's slot.
protocol SlotRequest: ChannelElement {
  var transform: InputTransform { get }
  var slot: PixelBuffer { get }
}

/// One engine of a model, used by one worker.
struct NetworkWorker {
  let engine: any Engine
  /// Its number among the model's engines.
  let instance: Int
  let model: LoadedModel
  let thresholds: Thresholds
  private let configuration: ScanConfiguration
  private let control: RunControl

  init(
    engine: any Engine, instance: Int, model: LoadedModel, thresholds: Thresholds, configuration: ScanConfiguration,
    control: RunControl
  ) {
    self.engine = engine
    self.instance = instance
    self.model = model
    self.thresholds = thresholds
    self.configuration = configuration
    self.control = control
  }

  /// Runs the network once on grey: the first run plans and allocates, which should not count as the first image's time.
  /// The first instance has run when it was loaded; the others run once there is an image for each.
  func warmUp() {
    let input = model.card.input
    guard configuration.warmsUp, input.hasFixedShape, instance > 0,
      control.inFlight.waitForEntries(moreThan: instance)
    else { return }
    let slot = PixelBuffer(size: PixelSize(width: input.width, height: input.height), order: input.channels)
    slot.bytes.initialize(repeating: 127)
    _ = try? engine.infer([slot]) { _ in }
  }

  /// Pixels of a batch of inputs that follow the pictures: the network's memory grows with them, and a batch of large
  /// ones is not faster.
  static let freeBatchPixels = 1 << 20

  /// The next batch of one shape, of at most `count` images; empty if the channel has ended. One of the shape `preferred`
  /// comes before older ones of other shapes.
  func batch<Request: SlotRequest>(
    from requests: Channel<Request>.Receiver, atMost count: Int = .max, preferred: PixelSize? = nil
  ) -> [Request] {
    let limit = model.card.input.hasFixedShape ? Int.max : Self.freeBatchPixels
    return requests.receive(
      atMost: min(configuration.maxBatch, engine.maxBatch, count), budget: min(configuration.batchPixels, limit),
      preferred: { $0.transform.slot == preferred }, alike: { $0.transform.slot == $1.transform.slot })
  }

  /// Runs the network on a batch and interprets each image's output.
  func infer<Request: SlotRequest, Value>(
    _ batch: [Request], interpret: (Outputs, Int, Findings) -> Value
  ) throws(Failure) -> [Result<Value, Failure>] {
    try engine.infer(batch.map(\.slot)) { (outputs) throws(Failure) in
      batch.indices.map { n in
        do throws(Failure) {
          let findings = try model.card.head.findings(
            in: outputs, image: n, transform: batch[n].transform, labels: model.labels, thresholds: thresholds)
          return .success(interpret(outputs, n, findings))
        } catch {
          return .failure(error)
        }
      }
    }
  }

  /// The answers to a batch. A batch that fails is repeated image by image, so that one image cannot make its neighbours
  /// fail.
  func answers(to batch: [InferenceRequest], of task: TaskPlan) -> [Result<Answer, Failure>] {
    let name = task.reference(of: model)
    let isFirst = model.digest == task.model.digest
    if model.card.input.resize.rule == .page {
      control.metrics.count { $0.batches.observe(Double(batch.count)) }
      let detector = PageDetector(network: self) { !task.steps.isEmpty && control.stop.dropsWaiting }
      return batch.map { request in
        do throws(Failure) {
          let lines = try detector.lines(on: request.slot, transform: request.transform)
          return .success(Answer(task: task.task, model: name, engine: engine.use, findings: .detections(lines)))
        } catch {
          return .failure(error)
        }
      }
    }
    do throws(Failure) {
      let answers = try infer(batch) { outputs, n, findings in
        var answer = Answer(task: task.task, model: name, engine: engine.use, findings: findings)
        answer.isUnsure = isFirst && isUnsure(outputs, image: n, batch[n], of: task)
        return answer
      }
      let completed = try OverviewPass(network: self).complete(answers, of: batch)
      control.metrics.count { $0.batches.observe(Double(batch.count)) }
      return completed
    } catch {
      guard batch.count > 1 else {
        control.metrics.count { $0.batches.observe(1) }
        return [.failure(error)]
      }
      return batch.flatMap { answers(to: [$0], of: task) }
    }
  }

  /// Whether a cascade asks its second model about an image.
  private func isUnsure(_ outputs: Outputs, image: Int, _ request: InferenceRequest, of task: TaskPlan) -> Bool {
    guard case .cascade(let threshold)? = task.secondModel?.rule else { return false }
    // Thresholds and labels of the run may leave classes out; the network's confidence does not depend on them.
    let best = try? model.card.head.findings(
      in: outputs, image: image, transform: request.transform, labels: model.labels, thresholds: Thresholds(top: 1))
    guard case .labels(let labels)? = best, let first = labels.first else { return true }
    return first.score < threshold
  }
}
