/// What a message of a command is about: a stable word for programs that read the log, `event` in `--log-format json`.
///
/// The manual lists all of them. Targets that log by swift-log give the word as metadata under `RunEvent.key`.
public enum RunEvent: String, CaseIterable, Sendable {
  /// A network is open: `task`, `model`, `engine`, `instances`.
  case modelOpened = "model_opened"
  /// The run takes images from now on.
  case ready
  /// An image failed: `path`, `stage`, `code`.
  case imageFailed = "image_failed"
  /// Failures of one `code` that were left out of the log: `count`.
  case failuresOmitted = "failures_omitted"
  /// A file or folder that is passed over: `path`, `reason`.
  case ignored
  /// The standby model answers from now on.
  case breakerOpened = "breaker_opened"
  /// A trial of the first model did not succeed.
  case breakerReopened = "breaker_reopened"
  /// The first model answers again.
  case breakerClosed = "breaker_closed"
  /// The Redis of the queue cannot be reached.
  case queueLost = "queue_lost"
  /// The Redis of the queue answers again.
  case queueReconnected = "queue_reconnected"
  /// The run waits: for the first submission, for another collector, or for room in the queue.
  case queueWaiting = "queue_waiting"
  /// A cache cannot be used.
  case cacheLost = "cache_lost"
  /// A cache answers again.
  case cacheReconnected = "cache_reconnected"
  /// An output file was closed, and another opened under its name or the next.
  case outputReopened = "output_reopened"
  /// Numbers of a run in progress: `done`, `ok`, `failed`, `images_per_second`, `total`?, `eta_seconds`?
  case progress
  /// A signal ended the run early.
  case interrupted
  /// The numbers of a run that has ended.
  case summary
  /// A mistake in the arguments or settings; the exit status is 64.
  case usage
  /// The command cannot start or continue; the exit status is 2.
  case failed
  /// Any other message.
  case note

  /// Name of the field, and of the metadata of swift-log that sets it.
  public static let key = "event"
}
