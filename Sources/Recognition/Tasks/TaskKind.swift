/// What can be asked of an image. The raw value is the task's name on the command line and its key in the record.
public enum TaskKind: String, CaseIterable, Sendable, Codable {
  case classify, faces

  /// The model that runs when none is named.
  public var defaultModel: String {
    switch self {
    case .classify: "mobilenet_v2"
    case .faces: "yunet"
    }
  }

  /// What is said of an image in which nothing was found.
  public var nothing: Findings {
    switch self {
    case .classify: .labels([])
    case .faces: .detections([])
    }
  }
}
