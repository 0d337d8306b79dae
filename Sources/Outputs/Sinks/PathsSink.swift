import Recognition

/// The exact names of the images in which something was found, one a line or NUL-terminated.
public final class PathsSink: Sink {
  private let output: ByteOutput
  private let terminator: [UInt8]

  public init(_ output: ByteOutput, nulTerminated: Bool = false) {
    self.output = output
    terminator = [nulTerminated ? 0 : UInt8(ascii: "\n")]
  }

  public func write(_ outcome: Outcome) throws(SinkError) {
    guard case .success(let answers) = outcome.result, answers.contains(where: { !$0.findings.isEmpty }) else { return }
    try output.write(outcome.path.bytes)
    try output.write(terminator)
  }

  public func flush() throws(SinkError) { try output.flush() }
  public func finish() throws(SinkError) { try output.finish() }
}

extension Findings {
  var isEmpty: Bool {
    switch self {
    case .labels(let labels): labels.isEmpty
    case .detections(let detections): detections.isEmpty
    case .segments(let segments): segments.isEmpty
    case .embedding(let vector): vector.isEmpty
    case .measures(let measures): measures.isEmpty
    case .upscaled: false
    }
  }
}
