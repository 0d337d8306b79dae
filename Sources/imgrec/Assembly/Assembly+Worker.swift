import Foundation
import Logging
import Pipeline
import Platform

extension Assembly {
  /// The configuration of a worker for the models of `model`, with records in the order of completion.
  func plan(
    for model: ModelOptions, exif: Bool, fallback: FallbackOptions, pipeline: PipelineOptions, cache: CacheOptions,
    logger: Logger
  ) throws(SetupError) -> ScanConfiguration {
    try fallback.checkTask(among: cards(model), in: "the queue", by: self)
    var (tasks, decoders, maxBatch) = try tasks(model, pipeline: pipeline)
    try fallback.add(to: &tasks, by: self, options: model, pipeline: pipeline, logger: logger)
    var cache = try self.cache(
      cache, tasks: tasks, limits: pipeline.limits, format: .jsonl, logger: logger)
    cache?.readsExif = exif
    var plan = ScanConfiguration(
      tasks: tasks, limits: pipeline.limits, readers: min(2, decoders), decoders: decoders, maxBatch: maxBatch,
      batchPixels: pipeline.batchPixels, memory: pipeline.memory, maxFileSize: pipeline.maxFileSize, keepsOrder: false,
      warmsUp: pipeline.warmup, cache: cache)
    plan.readsExif = exif
    return plan
  }
}
