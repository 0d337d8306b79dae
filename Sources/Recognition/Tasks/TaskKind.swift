/// What can be asked of an image. The raw value is the task's name on the command line and its key in the record.
public enum TaskKind: String, CaseIterable, Sendable, Codable {
  case classify, faces
  /// Asked by a command of its own: it answers with a file.
  case upscale

  /// The model that runs when none is named.
  public var defaultModel: String {
    switch self {
    case .classify: "mobilenet_v2"
    case .faces: "yunet"
    case .upscale: "edsr_lite_x3"
    }
  }

  /// What is said of an image in which nothing was found.
  public var nothing: Findings {
    switch self {
    case .classify: .labels([])
    case .faces: .detections([])
    case .upscale: .labels([])
    }
  }

  /// Those that `imgrec scan` answers.
  public static var scanned: [TaskKind] { allCases.filter { $0 != .upscale } }
}
