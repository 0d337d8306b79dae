import CDecoders
import COpenCV
import Platform
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
    copencv_set_threads(1, nil)
    IsolatedService.serve { (request: DecoderRequest, memory) in
      LibraryDecoder.decode(
        UnsafeRawBufferPointer(start: memory, count: request.fileBytes),
        LibraryDecoder.Request(
          format: ImageFormat.allCases[request.format],
          size: PixelSize(width: request.width, height: request.height), page: request.page,
          directory: request.directory),
        into: memory + request.pixelOffset)
    }
  }
}
