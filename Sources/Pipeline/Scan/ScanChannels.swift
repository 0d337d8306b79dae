import Recognition

/// The channels between the stages of a scan, each with its limit.
struct ScanChannels {
  /// What the feed delivers.
  let items: Channel<Item>
  /// Items to read: all of them, or without the cached ones.
  let unread: Channel<Item>
  /// Files in memory: for the decoders, or first for the cache.
  let read: Channel<ImageJob>
  let encoded: Channel<ImageJob>
  /// For each task, slots for its model and for its second model.
  let inference: [Channel<InferenceRequest>]
  let escalated: [Channel<InferenceRequest>]
  /// For each task, crops for each of its second stages.
  let crops: [[Channel<CropRequest>]]
  let annotations = Channel<AnnotationRequest>(limit: 16)
  let completions: Channel<Completion>
  let toCache = Channel<Completion>(limit: 4096)

  init(_ configuration: ScanConfiguration) {
    let looksUp = configuration.cache?.looksUp == true
    items = Channel(limit: (looksUp ? 1024 : 256) * Item.queueCost)
    unread = looksUp ? Channel(limit: 256 * Item.queueCost) : items
    // Files queue in front of the decoders, so that a slow disk and a busy processor do not wait for each other.
    encoded = Channel(limit: configuration.readsPages ? 8 << 20 : 32 << 20)
    read = looksUp ? Channel(limit: 16 << 20) : encoded
    inference = configuration.tasks.map { Channel(limit: configuration.queuedPixels(of: $0)) }
    escalated = configuration.tasks.map { Channel(limit: configuration.queuedPixels(of: $0)) }
    // Crops are in no budget: a sixteenth of it for each second stage, in pixels of three bytes.
    let cropPixels =
      configuration.readsPages
      ? 1 << 20 : min(2 * configuration.batchPixels, max(1 << 20, configuration.memory / 16 / 3))
    crops = configuration.tasks.map { $0.steps.map { _ in Channel(limit: cropPixels) } }
    completions = Channel(limit: looksUp ? 1024 : 256)
  }
}

extension ScanConfiguration {
  /// Tensor pixels that may wait for a task's networks: a few batches for each. More would not make the networks faster,
  /// only the run larger.
  fileprivate func queuedPixels(of task: TaskPlan) -> Int {
    let input = task.model.card.input
    let largest = input.largestArea
    let limit = input.hasFixedShape ? batchPixels : min(batchPixels, NetworkWorker.freeBatchPixels)
    let batch = min(limit, largest * min(maxBatch, task.batch))
    return 4 * max(batch, largest) * task.instances.count
  }
}
