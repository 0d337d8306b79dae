import CIsolation
import CZXing
import Recognition

/// What a process that reads codes does: it answers requests until the other end of its socket is closed.
public enum CodeService {
  /// The argument that starts the executable as such a process.
  public static let argument = "--code-process"

  /// Gives up the rights that reading does not need and serves until the parent ends.
  public static func run() {
    let socket = Int32(cisolation_socket)
    // Before files are out of reach.
    _ = czxing_open(nil)
    var rights = cisolation_confine()
    guard cisolation_send(socket, &rights, MemoryLayout<cisolation_rights>.size) == 0 else { return }
    var base: UnsafeMutablePointer<UInt8>?
    var mapped = 0
    var request = CodeRequest()
    while cisolation_receive(socket, &request, MemoryLayout<CodeRequest>.size, -1) == 0 {
      guard cisolation_map(&base, &mapped, request.mappedBytes) == 0, let base else { return }
      cisolation_limit(request.memory, UInt32(clamping: request.seconds))
      let numbers = try? CodeReader.codes(
        in: base, size: PixelSize(width: request.width, height: request.height))
      if let numbers {
        UnsafeMutableRawPointer(base + request.answerOffset).assumingMemoryBound(to: Float.self)
          .update(from: numbers, count: numbers.count)
      }
      cisolation_wait()
      var answer = CodeAnswer(count: numbers?.count)
      guard cisolation_send(socket, &answer, MemoryLayout<CodeAnswer>.size) == 0 else { return }
    }
  }
}
