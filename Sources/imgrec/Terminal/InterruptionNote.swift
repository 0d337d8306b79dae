import Recognition

/// What an interrupted run left undone, and how to continue. Printed with `--quiet` too: without it the output looks
/// complete.
struct InterruptionNote {
  /// Number of inputs that entered the run and were dropped.
  let dropped: Int
  /// Whether no other inputs were left.
  let isWhole: Bool

  init(_ report: RunReport) {
    dropped = report.skipped
    isWhole = report.isWhole
  }

  /// Whether nothing was left undone.
  var isEmpty: Bool { dropped == 0 && isWhole }

  /// As "12 images and the inputs after them were not processed".
  var text: String {
    let images = "\(dropped) \(dropped == 1 ? "image" : "images")"
    let verb = dropped == 1 && isWhole ? "was" : "were"
    switch (dropped, isWhole) {
    case (0, true): return "all images were processed"
    case (0, false): return "the remaining inputs were not processed"
    case (_, true): return "\(images) \(verb) not processed"
    case (_, false): return "\(images) and the inputs after \(dropped == 1 ? "it" : "them") \(verb) not processed"
    }
  }

  /// `advice`: the command or flag that continues.
  func print(_ advice: String) {
    let message = "interrupted: \(text)" + (isEmpty ? "" : "; \(advice)")
    Console.note(message, .warning, event: .interrupted)
  }
}
