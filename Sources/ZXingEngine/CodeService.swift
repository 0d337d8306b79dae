import CZXing
import Platform
import Recognition

/// What a process that reads codes does: it answers requests until the other end of its socket is closed.
public enum CodeService {
  /// The argument that starts the executable as such a process.
  public static let argument = "--code-process"

  /// Gives up the rights that reading does not need and serves until the parent ends.
  public static func run() {
    // Before files are out of reach.
    _ = czxing_open(nil)
    IsolatedService.serve { (request: CodeRequest, memory) in
      let numbers = try? CodeReader.codes(
        in: memory, size: PixelSize(width: request.width, height: request.height))
      if let numbers {
        UnsafeMutableRawPointer(memory + request.answerOffset).assumingMemoryBound(to: Float.self)
          .update(from: numbers, count: numbers.count)
      }
      return CodeAnswer(count: numbers?.count)
    }
  }
}
