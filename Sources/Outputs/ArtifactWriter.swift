import Codecs
import Foundation
import Platform
import Recognition

/// Writes annotated copies, crops, cut-outs and masks.
public struct ArtifactWriter: Annotator {
  private let annotate, crops, cutout, masks: String?

  /// Folders for annotated copies, crops of the detections, cut-outs of the segments and masks; nil: none of that kind.
  public init(annotate: String?, crops: String?, cutout: String?, masks: String?) {
    (self.annotate, self.crops, self.cutout, self.masks) = (annotate, crops, cutout, masks)
  }

  public func annotate(_ outcome: Outcome, _ picture: SourcePicture) throws(Failure) -> Outcome {
    guard case .success(var answers) = outcome.result else { return outcome }
    var outcome = outcome
    let pixels = picture.pixels
    let name = Self.name(of: outcome.path)
    let scale = Float(pixels.size.width) / Float(picture.transform.image.width)
    for (index, answer) in answers.enumerated() {
      switch answer.findings {
      case .detections(let detections):
        guard let crops else { continue }
        for (number, detection) in detections.enumerated() {
          guard let rect = Self.rect(detection.box, scale: scale, in: pixels.size) else { continue }
          let label = Self.safe(detection.identity?.name ?? detection.label ?? answer.task.rawValue)
          let file = "\(crops)/\(label)/\(name.replacingOccurrences(of: "/", with: "_"))-\(number + 1).jpg"
          try Self.write(ImageEncoder.encode(pixels.part(rect), as: .jpeg, quality: 95), to: file)
        }
      case .segments(var segments):
        for number in segments.indices {
          guard let map = segments[number].map else { continue }
          let alpha = map.resized(to: pixels.size)
          let suffix = segments.count > 1 ? "-\(number + 1).png" : ".png"
          if let cutout { try Self.write(ImageEncoder.cutout(pixels, alpha: alpha), to: "\(cutout)/\(name)\(suffix)") }
          if let masks {
            segments[number].file = "\(masks)/\(name)\(suffix)"
            try Self.write(ImageEncoder.encode(alpha, as: .png), to: "\(masks)/\(name)\(suffix)")
          }
        }
        answers[index].findings = .segments(segments)
      case .labels, .embedding, .measures, .upscaled: continue
      }
    }
    // Last, as it draws on the picture itself.
    if let annotate {
      let drawing = FindingsRenderer(on: pixels, image: picture.transform.image)
      // Segments first, so that lines and letters stay legible.
      let areas = answers.filter { $0.findings.kind == .segments }
      for answer in areas + answers.filter({ $0.findings.kind != .segments }) { drawing.draw(answer.findings) }
      let isJPEG = ["jpg", "jpeg"].contains((name as NSString).pathExtension.lowercased())
      try Self.write(
        ImageEncoder.encode(pixels, as: .jpeg), to: "\(annotate)/\(name)\(isJPEG ? "" : ".jpg")")
    }
    outcome.result = .success(answers)
    return outcome
  }

  /// The input's path with its folders, as a path below another folder.
  private static func name(of path: RawPath) -> String {
    path.description.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "/")
  }

  /// A label as a folder name.
  private static func safe(_ label: String) -> String {
    let plain = String(label.map { $0 == "/" || $0.isNewline || $0 == "\0" ? "_" : $0 })
    return plain.isEmpty || plain.hasPrefix(".") ? "_\(plain)" : plain
  }

  private static func rect(_ box: Box, scale: Float, in size: PixelSize) -> PixelRect? {
    let left = max(0, Int((box.x * scale).rounded(.down)))
    let top = max(0, Int((box.y * scale).rounded(.down)))
    let right = min(size.width, Int(((box.x + box.width) * scale).rounded(.up)))
    let bottom = min(size.height, Int(((box.y + box.height) * scale).rounded(.up)))
    guard right > left, bottom > top else { return nil }
    return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    do {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try AtomicFile.write(bytes, to: RawPath(path))
    } catch {
      throw Failure(.write, .writeFailed, (error as? SetupError)?.description ?? error.localizedDescription)
    }
  }
}
