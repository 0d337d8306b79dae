/// The families of metrics that imgrec serves and writes: the one list of their names.
///
/// A raw value is the name of the family in OpenMetrics, without the suffix of its samples.
public enum MetricFamily: String, CaseIterable, Sendable {
  case images = "imgrec_images"
  case inFlight = "imgrec_images_in_flight"
  case failures = "imgrec_failures"
  case warned = "imgrec_warned_images"
  case similar = "imgrec_similar_images"
  case ignored = "imgrec_ignored_entries"
  case readBytes = "imgrec_read_bytes"
  case pixels = "imgrec_decoded_pixels"
  case imageSeconds = "imgrec_image_seconds"
  case stageSeconds = "imgrec_stage_seconds"
  case batchImages = "imgrec_batch_images"
  case answers = "imgrec_answers"
  case fallbackImages = "imgrec_fallback_images"
  case escalatedImages = "imgrec_escalated_images"
  case breakerState = "imgrec_breaker_state"
  case breakerOpenings = "imgrec_breaker_openings"
  case breakerLatency = "imgrec_breaker_latency_seconds"
  case cacheHits = "imgrec_cache_hits"
  case cacheMisses = "imgrec_cache_misses"
  case cacheFaults = "imgrec_cache_faults"
  case queueUp = "imgrec_queue_up"
  case queueDepth = "imgrec_queue_depth"
  case queuePending = "imgrec_queue_pending"
  case queueLag = "imgrec_queue_lag"
  case queueOldestAge = "imgrec_queue_oldest_age_seconds"
  case queueUncollected = "imgrec_queue_uncollected"
  case queueDead = "imgrec_queue_dead_letters"
  case queueSubmitters = "imgrec_queue_submitters"
  case queueSubmitted = "imgrec_queue_submitted_items"
  case queueFinished = "imgrec_queue_finished_items"
  case queueCollected = "imgrec_queue_collected_records"
  case ready = "imgrec_ready"
  case wallSeconds = "imgrec_wall_seconds"
  case cpuSeconds = "imgrec_cpu_seconds"
  case peakMemory = "imgrec_peak_memory_bytes"
  case network = "imgrec_network"
  case run = "imgrec_run"
  case build = "imgrec_build"
  case processCPU = "process_cpu_seconds"
  case processStart = "process_start_time_seconds"
  case processResident = "process_resident_memory_bytes"
  case processVirtual = "process_virtual_memory_bytes"
  case processOpenFiles = "process_open_fds"
  case processMaxFiles = "process_max_fds"

  /// The types of OpenMetrics that are used.
  public enum Kind: String, Sendable { case counter, gauge, histogram, info }

  public var kind: Kind {
    switch self {
    case .images, .failures, .warned, .similar, .ignored, .readBytes, .pixels, .answers, .fallbackImages,
      .escalatedImages, .breakerOpenings, .cacheHits, .cacheMisses, .cacheFaults, .queueSubmitted, .queueFinished,
      .queueCollected, .cpuSeconds, .processCPU:
      .counter
    case .imageSeconds, .stageSeconds, .batchImages: .histogram
    case .network, .run, .build: .info
    case .inFlight, .breakerState, .breakerLatency, .queueUp, .queueDepth, .queuePending, .queueLag, .queueOldestAge,
      .queueUncollected, .queueDead, .queueSubmitters, .ready, .wallSeconds, .peakMemory, .processStart,
      .processResident, .processVirtual, .processOpenFiles, .processMaxFiles:
      .gauge
    }
  }

  /// The unit, with which the name then ends.
  public var unit: String? { ["seconds", "bytes"].first { rawValue.hasSuffix("_\($0)") } }

  /// The name of its samples, of a histogram without `_bucket`, `_sum` and `_count`.
  public var sampleName: String {
    switch kind {
    case .counter: rawValue + "_total"
    case .info: rawValue + "_info"
    case .gauge, .histogram: rawValue
    }
  }

  /// Names of the labels; those of `run` depend on the command.
  public var labels: [String] {
    switch self {
    case .images: ["status"]
    case .failures: ["code"]
    case .ignored: ["kind"]
    case .stageSeconds: ["stage"]
    case .answers, .fallbackImages: ["task", "model"]
    case .breakerState: ["task", "state"]
    case .breakerOpenings: ["task", "reason"]
    case .breakerLatency: ["task"]
    case .queueUp, .queueDepth, .queuePending, .queueLag, .queueOldestAge, .queueUncollected, .queueDead,
      .queueSubmitters, .queueSubmitted, .queueFinished, .queueCollected:
      ["queue"]
    case .network: ["task", "role", "model", "digest", "engine", "device", "precision"]
    case .build: ["version", "command"]
    case .inFlight, .warned, .similar, .readBytes, .pixels, .imageSeconds, .batchImages, .escalatedImages, .cacheHits,
      .cacheMisses, .cacheFaults, .ready, .wallSeconds, .cpuSeconds, .peakMemory, .run, .processCPU, .processStart,
      .processResident, .processVirtual, .processOpenFiles, .processMaxFiles:
      []
    }
  }

  /// What it measures, in one line.
  public var help: String {
    switch self {
    case .images: "Images by status: ok, failed, or skipped without a record."
    case .inFlight: "Images that were read or leased and have no record yet."
    case .failures: "Failed images by the code of their records."
    case .warned: "Images that decoded with warnings."
    case .similar: "Images that took the answer of a similar one."
    case .ignored: "Entries of folders and archives that were passed over, by kind."
    case .readBytes: "Bytes of image files read."
    case .pixels: "Pixels of the images decoded."
    case .imageSeconds: "Time of an image from the beginning of reading to its last answer, cached answers left out."
    case .stageSeconds: "Time of one piece of work: a look-up, a file, an image, a batch through a network, a record."
    case .batchImages: "Images in a batch through a network."
    case .answers: "Answers in records, by the network that gave them."
    case .fallbackImages: "Answers that a fallback gave in place of the first network."
    case .escalatedImages: "Images that the light network of a cascade left to the heavy one."
    case .breakerState: "1 for the state of the circuit breaker of a task, 0 for the others."
    case .breakerOpenings: "Times that the circuit breaker of a task opened, by reason."
    case .breakerLatency: "Latency of the first network of a task, as its circuit breaker measures it."
    case .cacheHits: "Images answered from the cache."
    case .cacheMisses: "Images that the cache had no answer for."
    case .cacheFaults: "Look-ups and writes of the cache that failed."
    case .queueUp: "Whether the queue answers."
    case .queueDepth: "Items without a record, waiting or leased."
    case .queuePending: "Items leased to workers."
    case .queueLag: "Items that no worker holds."
    case .queueOldestAge: "Time since the oldest item without a record was submitted; 0 without items."
    case .queueUncollected: "Records that are not collected yet."
    case .queueDead: "Dead letters."
    case .queueSubmitters: "Active submitters."
    case .queueSubmitted: "Items submitted since the queue was created."
    case .queueFinished: "Items finished since the queue was created."
    case .queueCollected: "Records collected since the queue was created."
    case .ready: "Whether /readyz answers 200."
    case .wallSeconds: "Duration of the run."
    case .cpuSeconds: "CPU time of the run, without decoder processes."
    case .peakMemory: "Maximum resident memory."
    case .network: "A network of the run, the engine and device that run it, and its precision."
    case .run: "The settings of the run."
    case .build: "The version of imgrec and the command that runs."
    case .processCPU: "User and system CPU time."
    case .processStart: "Start time of the process since the Unix epoch."
    case .processResident: "Resident memory."
    case .processVirtual: "Virtual memory."
    case .processOpenFiles: "Open file descriptors."
    case .processMaxFiles: "Limit of open file descriptors."
    }
  }
}
