import Recognition

/// Writes the exact paths of the images in which something was found, each ended by a newline or NUL; control
/// characters in them are escaped on a terminal.
public final class PathsSink: Sink {
  private let output: ByteOutput
  private let terminator: UInt8
  /// The inputs whose paths are written for one of their pages.
  private var paged: Set<Int> = []

  public init(_ output: ByteOutput, nulTerminated: Bool = false) {
    self.output = output
    terminator = nulTerminated ? 0 : UInt8(ascii: "\n")
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard outcome.answers.contains(where: { !$0.findings.isEmpty }) else { return }
    if outcome.page != nil, !paged.insert(outcome.index).inserted { return }
    try output.write(outcome.path, terminator: terminator)
  }

  public func flush() throws(SinkError) { try output.flush() }
  public func finish() throws(SinkError) { try output.finish() }
}
