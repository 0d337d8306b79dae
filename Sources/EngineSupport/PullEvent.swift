/// Progress of a pull.
public enum PullEvent: Sendable, Equatable {
  /// Another process is pulling the same model.
  case waiting
  /// The package or URL that is being downloaded.
  case fetching(String)
  /// Bytes received so far, and the total if known.
  case received(Int, of: Int?)
  /// The file at this path is complete and matches the pinned digest.
  case ready(String)
}
