import Platform

/// The whole lines of a file that a run continues.
public final class JournalLines {
  private let lines: LineReader

  /// Lines that are there when it is made.
  public init(_ file: OutputFile) { lines = LineReader(file) }

  /// The line that begins at `offset`, without its end; nil at the end of the file, or before a line that has no end.
  public func next(at offset: Int) throws(SetupError) -> [UInt8]? {
    try lines.read(at: offset) { line, isComplete in isComplete ? Array(line) : nil } ?? nil
  }
}
