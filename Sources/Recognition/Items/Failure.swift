/// The reason why one image has no answer. It ends that image and nothing else.
public struct Failure: Error, Hashable, Sendable {
  public var stage: Stage
  public var code: Code
  public var message: String

  public init(_ stage: Stage, _ code: Code, _ message: String) {
    self.stage = stage
    self.code = code
    self.message = message
  }

  /// The stage at which the image failed.
  public enum Stage: String, CaseIterable, Sendable { case walk, read, decode, infer, interpret, write }

  /// The closed list of failure codes, documented in the manual (Records).
  public enum Code: String, CaseIterable, Sendable {
    // walk and read
    case notFound = "not_found"
    case permissionDenied = "permission_denied"
    case notAFile = "not_a_file"
    case linkLoop = "link_loop"
    case nameTooLong = "name_too_long"
    case empty = "empty"
    case fileTooLarge = "file_too_large"
    case changed = "changed"
    case ioError = "io_error"
    /// A queue worker may not read that path.
    case outsideRoot = "outside_root"
    /// Every worker that leased the item was lost with it.
    case gaveUp = "gave_up"
    // decode
    case unknownFormat = "unknown_format"
    case unsupported = "unsupported"
    case truncated = "truncated"
    case corrupt = "corrupt"
    case tooManyPixels = "too_many_pixels"
    case tooManyScans = "too_many_scans"
    case timeout = "timeout"
    case outOfMemory = "out_of_memory"
    /// The decoder process ended while it decoded the image.
    case crashed = "crashed"
    // infer and interpret
    case inferenceFailed = "inference_failed"
    case unexpectedOutput = "unexpected_output"
    // write
    case writeFailed = "write_failed"
    case exists = "exists"
  }
}
