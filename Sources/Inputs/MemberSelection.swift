import Platform
import Recognition

/// Decides which members of a container are inputs, as for the files of a folder, and counts the others.
struct MemberSelection {
  enum Kind { case file, folder, link, special }

  enum Choice {
    case read
    /// Read if `looksLikeImage` says so of its first bytes.
    case examine
    case pass
    case fail(Failure)
  }

  let options: WalkOptions
  let tally: WalkTally
  let sniff: (UnsafeRawBufferPointer) -> ImageFormat?

  /// Decides about the member `inside`, whose record would have the path `path`.
  func choice(_ inside: RawPath, _ kind: Kind, at path: RawPath) -> Choice {
    // Like the folders on disk, they are no inputs.
    if kind == .folder { return .pass }
    let names = inside.bytes.split(separator: UInt8(ascii: "/"))
    if names.contains(where: { options.hides($0) }) { return ignore(path, .hidden) }
    let nameClass = ImageNameFilter(inside)
    if nameClass == .other { return ignore(path, .notAnImage) }
    if let reason = options.rejection(of: inside.bytes[...], isArchived: true) { return ignore(path, reason) }
    switch (kind, nameClass) {
    case (.folder, _), (_, .other): return .pass
    case (.file, .image): return .read
    case (.file, .unclear): return .examine
    // Its target may come later, or not be in the archive.
    case (.link, _): return ignore(path, .link)
    case (.special, .image): return .fail(Failure(.walk, .notAFile, "the archive's member is a pipe or a device"))
    case (.special, .unclear): return ignore(path, .notAnImage)
    }
  }

  func looksLikeImage(_ head: ArraySlice<UInt8>) -> Bool {
    ImageNameFilter.isImage(head.withUnsafeBytes(sniff))
  }

  func looksLikeImage(_ head: UnsafeRawBufferPointer) -> Bool { ImageNameFilter.isImage(sniff(head)) }

  @discardableResult
  func ignore(_ path: RawPath, _ reason: IgnoreReason) -> Choice {
    tally.ignore(path, reason)
    return .pass
  }
}
