import Platform
import Recognition
import Synchronization

/// Counts of what a walk passed over, readable from any thread while it runs.
public final class WalkTally: Sendable {
  private struct State {
    /// Files that are not images, by extension.
    var extensions = IgnoredKinds()
    /// Entries that a rule left out.
    var files: [IgnoreReason: Int] = [:]
    var folders: [IgnoreReason: Int] = [:]
  }

  private let state = Mutex(State())
  private let onIgnored: (@Sendable (RawPath, IgnoreReason) -> Void)?

  /// `onIgnored` is called with each entry, on the thread of the walk.
  init(onIgnored: (@Sendable (RawPath, IgnoreReason) -> Void)? = nil) { self.onIgnored = onIgnored }

  /// All entries that were passed over, by kind.
  public var ignored: IgnoredKinds {
    state.withLock { state in
      var all = state.extensions
      for reason in IgnoreReason.allCases {
        all.add(reason.rawValue, state.files[reason, default: 0] + state.folders[reason, default: 0])
      }
      return all
    }
  }

  /// Files that are not images, by extension.
  var extensions: IgnoredKinds { state.withLock { $0.extensions } }

  /// Number of files and folders that were passed over for `reason`.
  func count(_ reason: IgnoreReason) -> (files: Int, folders: Int) {
    state.withLock { ($0.files[reason, default: 0], $0.folders[reason, default: 0]) }
  }

  func ignore(_ path: RawPath, _ reason: IgnoreReason, isFolder: Bool = false) {
    state.withLock { state in
      switch reason {
      case .notAnImage: state.extensions.add(reason.kind(of: path))
      case .glob, .exclude, .depth, .hidden, .link, .visited, .outputFolder, .unreadable, .noPicture, .samples:
        if isFolder { state.folders[reason, default: 0] += 1 } else { state.files[reason, default: 0] += 1 }
      }
    }
    onIgnored?(path, reason)
  }
}
