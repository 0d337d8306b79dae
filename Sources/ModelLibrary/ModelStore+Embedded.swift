import Foundation
import Platform
import Recognition

// Engines read files, so each embedded network is written to a file when first needed.
extension ModelStore {
  /// Path for an embedded file if the store cannot be written.
  static func fallback(_ file: ModelCard.File) -> String {
    "\(NSTemporaryDirectory())/imgrec-\(getuid())/\(file.sha256 ?? "none")-\(file.name)"
  }

  /// Writes the card's embedded files to the store, unless they are there already. One of another version of this program
  /// has the same name, and often the same size: its bytes decide.
  func unpack(_ card: ModelCard) throws(SetupError) {
    for file in card.files {
      guard let name = file.source?.embedded else { continue }
      guard let bytes = EmbeddedFile.bytes(name) else {
        throw SetupError("model \"\(card.name)\": \(name) is not embedded in this program")
      }
      if Self.holds(path(of: file, card: card), bytes) { continue }
      let stored = "\(directory)/\(card.name)/\(file.name)"
      do throws(SetupError) {
        try Self.write(bytes, to: stored)
      } catch {
        try Self.write(bytes, to: Self.fallback(file))
      }
    }
  }

  private static func holds(_ path: String, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let stored = try? MappedFile(RawPath(path)) else { return false }
    return stored.withBytes {
      $0.count == bytes.count && memcmp($0.baseAddress!, bytes.baseAddress!, bytes.count) == 0
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(SetupError) {
    try FileSystem.createDirectory((path as NSString).deletingLastPathComponent, advice: advice)
    try AtomicFile.write(bytes, to: RawPath(path))
  }
}
