/// How a pull is going on.
public enum PullEvent: Sendable, Equatable {
  /// Another process is pulling the same model.
  case waiting
  /// The package or URL that is being downloaded.
  case fetching(String)
  /// What has come of it, and of how much where that is known.
  case received(Int, of: Int?)
  /// A file is in its place and is the one that was pinned.
  case ready(String)
}
