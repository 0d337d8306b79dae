import Platform
import Recognition

/// A named file or folder that holds many images, opened: today an archive.
///
/// A new kind of container is one file with its reader and one line in `open`.
struct Container {
  /// An image in a container, or why it has none there.
  typealias Member = (path: RawPath, origin: Item.Origin)

  /// A file or folder that the user named, and which members to read from it.
  struct Request {
    let path: RawPath
    let isFolder: Bool
    /// Maximum bytes of a member.
    let maxBytes: Int
    /// Whether to read the member of that name, relative to the container.
    let isSelected: (RawPath) -> Bool
  }

  /// Returns the next image, and nil at the end. One member is in memory at a time.
  let next: () -> Member?

  /// Opens a container; nil if `request` names an ordinary file or folder.
  ///
  /// A folder is asked too, before it is walked: some containers are folders.
  static func open(_ request: Request) throws(Failure) -> Container? {
    if let next = try ArchiveReader.open(request) { return Container(next: next) }
    return nil
  }
}
