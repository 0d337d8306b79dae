import Foundation
import Platform
import Recognition

/// A folder with one annotation file per image, in the tree of the images.
struct AnnotationFolder {
  private let folder: String

  /// Makes the folder.
  init(_ folder: String) throws(SetupError) {
    self.folder = folder
    do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
      throw SetupError("cannot make the folder \(folder): \(error.localizedDescription)")
    }
  }

  /// The image's path as it is below the folder: without a leading slash, `.` and `..`.
  static func relativePath(of outcome: Outcome) -> String {
    outcome.path.description.split(separator: "/").filter { $0 != ".." && $0 != "." }.joined(separator: "/")
  }

  /// The file for an image: its path with another extension.
  static func name(for path: String, extension ending: String) -> String {
    "\((path as NSString).deletingPathExtension).\(ending)"
  }

  func write(_ text: String, to name: String) throws(SinkError) {
    let path = "\(folder)/\(name)"
    do {
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try AtomicFile.write(Array(text.utf8), to: RawPath(path))
    } catch {
      throw .failed((error as? SetupError)?.description ?? error.localizedDescription)
    }
  }
}
