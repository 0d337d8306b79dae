import Foundation
import Outputs
import Platform
import Recognition
import Records

/// Reading and writing of a face gallery as a JSON file.
enum GalleryFile {
  private struct Document: Codable {
    var schema: String
    var model: String
    var people: [Entry]

    struct Entry: Codable {
      var name: String
      /// Each vector as base64 of little-endian float32.
      var vectors: [String]
    }
  }

  private static let schema = "imgrec-gallery/1"

  /// Returns `$IMGREC_GALLERY`, else `gallery.json` beside the models' folder.
  static func standard(models: String) -> String {
    if let path = ProcessInfo.processInfo.environment["IMGREC_GALLERY"], !path.isEmpty { return path }
    return "\((models as NSString).deletingLastPathComponent)/gallery.json"
  }

  /// Reads a gallery; returns nil if the file does not exist.
  static func read(_ path: String) throws(SetupError) -> FaceGallery? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw SetupError("\(path) is not a gallery of faces; imgrec faces enroll creates one under a new name")
    }
    guard document.schema == schema else {
      throw SetupError("\(path): expected schema \(schema), not \(document.schema)")
    }
    var people: [FaceGallery.Person] = []
    for entry in document.people {
      var vectors: [[Float]] = []
      for text in entry.vectors {
        guard let vector = Base64.decode(text).flatMap([Float].init(littleEndianBytes:)), !vector.isEmpty,
          vector.allSatisfy(\.isFinite)
        else {
          throw SetupError("\(path): a vector of \(entry.name) is damaged")
        }
        vectors.append(vector)
      }
      people.append(FaceGallery.Person(name: entry.name, vectors: vectors))
    }
    return FaceGallery(model: document.model, people: people)
  }

  /// Throws if the gallery cannot be written; asked before the images are looked at.
  static func checkWritable(_ path: String) throws(SetupError) {
    let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    try FolderTrial.check(RawPath(file).parent, option: "--gallery \(path)")
  }

  /// Changes the gallery under a lock, so that no change of another process is lost. `change` gets the present gallery,
  /// nil if it does not exist, and should be short: images are looked at before.
  static func update(_ path: String, _ change: (FaceGallery?) throws(SetupError) -> FaceGallery) throws(SetupError) {
    // The file that a link leads to is changed; the link stays.
    let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty {
      try SetupError.wrapping("cannot write \(path): ") { try FileSystem.createDirectory(folder) }
    }
    // On the folder, so that no lock file is left beside the user's.
    let lock = try FileLock(folder: folder.isEmpty ? "." : folder)
    defer { withExtendedLifetime(lock) {} }
    try write(try change(try read(path)), to: path)
  }

  private static func write(_ gallery: FaceGallery, to path: String) throws(SetupError) {
    let document = Document(
      schema: schema, model: gallery.model,
      people: gallery.people.map { person in
        Document.Entry(
          name: person.name,
          vectors: person.vectors.map { vector in
            var text = ByteWriter()
            text.append(base64: vector.littleEndianBytes)
            return text.text
          })
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try SetupError.wrapping("cannot write \(path): ") {
      try AtomicFile.write(Array(encoder.encode(document)) + [UInt8(ascii: "\n")], to: RawPath(path))
    }
  }
}
