import CDecoders
import CIsolation
import COpenCV
import Recognition

/// What a decoder process does: it answers requests until the other end of its socket is closed.
public enum DecoderService {
  /// The argument that starts the executable as a decoder process.
  public static let argument = "--decoder-process"

  /// The restrictions that decoder processes of `executable` run under, such as "Landlock"; nil if none can be started.
  public static func restrictions(executable: String) -> [String]? {
    DecoderProcess.restrictions(executable: executable)
  }

  /// Gives up the rights that decoding does not need and serves until the parent ends.
  public static func run() {
    let socket = Int32(cisolation_socket)
    copencv_set_threads(1, nil)
    var rights = cisolation_confine()
    guard cisolation_send(socket, &rights, MemoryLayout<cisolation_rights>.size) == 0 else { return }
    var base: UnsafeMutablePointer<UInt8>?
    var mapped = 0
    var request = DecoderRequest()
    while cisolation_receive(socket, &request, MemoryLayout<DecoderRequest>.size, -1) == 0 {
      guard cisolation_map(&base, &mapped, request.mappedBytes) == 0, let base else { return }
      cisolation_limit(request.memory, UInt32(clamping: request.seconds))
      var result = LibraryDecoder.decode(
        UnsafeRawBufferPointer(start: base, count: request.fileBytes),
        LibraryDecoder.Request(
          format: ImageFormat.allCases[request.format],
          size: PixelSize(width: request.width, height: request.height), page: request.page,
          directory: request.directory),
        into: base + request.pixelOffset)
      cisolation_wait()
      guard cisolation_send(socket, &result, MemoryLayout<cdecoders_result>.size) == 0 else { return }
    }
  }
}
