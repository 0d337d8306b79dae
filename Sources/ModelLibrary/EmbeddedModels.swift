import CEmbedded
import Foundation
import Platform
import Recognition

/// Networks inside this program. Engines read files, so each is written out when it is first wanted.
enum EmbeddedModels {
  static func bytes(_ name: String) -> UnsafeBufferPointer<UInt8>? {
    let file = cembedded_find(name)
    return file.bytes.map { UnsafeBufferPointer(start: $0, count: file.size) }
  }
}

extension ModelStore {
  /// Where an embedded file goes while the store cannot be written.
  static func fallback(_ file: ModelCard.File) -> String {
    "\(NSTemporaryDirectory())/imgrec-\(getuid())/\(file.sha256 ?? "none")-\(file.name)"
  }

  /// Writes out what the card has inside this program, unless it is there already.
  func unpack(_ card: ModelCard) throws(SetupError) {
    for file in card.files {
      guard let name = file.source?.embedded else { continue }
      guard let bytes = EmbeddedModels.bytes(name) else {
        throw SetupError("model \"\(card.name)\": \(name) is not inside this program")
      }
      if FileSystem.size(path(of: file, card: card)) == bytes.count { continue }
      let kept = "\(directory)/\(card.name)/\(file.name)"
      do throws(SetupError) {
        try Self.write(bytes, to: kept)
      } catch {
        try Self.write(bytes, to: Self.fallback(file))
      }
    }
  }

  private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to path: String) throws(SetupError) {
    try FileSystem.createDirectory((path as NSString).deletingLastPathComponent, advice: advice)
    try AtomicFile.write(UnsafeRawBufferPointer(bytes), to: RawPath(path))
  }
}
