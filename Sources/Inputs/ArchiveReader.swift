import CArchive
import Platform
import Recognition

/// Reads the images of a zip or tar archive, one in memory at a time. Archives inside it are not opened.
final class ArchiveReader {
  private let path: RawPath
  private let maxBytes: Int
  /// Whether to read the member of that name.
  private let isSelected: (RawPath) -> Bool
  private let descriptor: Int32
  private let reader: OpaquePointer
  private var isAtEnd = false

  private static let endings = [
    ".zip", ".cbz", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst",
  ].map { Array($0.utf8) }

  /// Whether `path` is named like an archive.
  static func isArchive(_ path: RawPath) -> Bool {
    let name = path.lastComponent.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
    return endings.contains { name.count > $0.count && name.suffix($0.count).elementsEqual($0) }
  }

  init(_ path: RawPath, maxBytes: Int, isSelected: @escaping (RawPath) -> Bool) throws(Failure) {
    guard carchive_is_available() != 0 else {
      throw Failure(.walk, .unsupported, "archives need libarchive, which is not installed")
    }
    switch LongPath.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) {
    case .descriptor(let opened): descriptor = opened
    case .error(let code): throw Failure(.walk, errno: code)
    }
    guard let opened = carchive_open(descriptor) else {
      close(descriptor)
      throw Failure(.walk, .outOfMemory, "the archive cannot be opened")
    }
    reader = opened
    self.path = path
    self.maxBytes = maxBytes
    self.isSelected = isSelected
  }

  deinit {
    carchive_close(reader)
    close(descriptor)
  }

  /// Returns the next image; nil at the end. An archive that is damaged ends with a fault under its own path.
  func next() -> Container.Member? {
    while !isAtEnd {
      var member = carchive_member()
      switch carchive_next(reader, &member) {
      case carchive_ok: break
      case carchive_end:
        isAtEnd = true
        return nil
      default:
        isAtEnd = true
        return (path, .fault(Failure(.walk, .corrupt, message)))
      }
      guard member.isRegular != 0, let name = member.name else { continue }
      let inside = RawPath(Self.cleaned(UnsafeRawBufferPointer(start: name, count: strlen(name))))
      guard isSelected(inside) else { continue }
      let full = path.appending(inside.bytes)
      do throws(Failure) {
        return (full, .bytes(try read(member)))
      } catch {
        return (full, .fault(error))
      }
    }
    return nil
  }

  private var message: String { String(cString: carchive_message(reader)) }

  private func read(_ member: carchive_member) throws(Failure) -> [UInt8] {
    guard member.isEncrypted == 0 else { throw Failure(.read, .unsupported, "the archive's member is encrypted") }
    let limit = Failure(.read, .fileTooLarge, "the archive's member has more than \(maxBytes) bytes")
    guard member.size <= Int64(maxBytes) else { throw limit }
    // Grows as bytes arrive: the size that an archive declares may be false.
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 128 * 1024)
    while true {
      var got = 0
      switch carchive_read(reader, &block, block.count, &got) {
      case carchive_ok: break
      case carchive_member_failed: throw Failure(.read, .corrupt, message)
      default:
        isAtEnd = true
        throw Failure(.read, .corrupt, message)
      }
      if got == 0 { break }
      guard bytes.count + got <= maxBytes else { throw limit }
      bytes.append(contentsOf: block[..<got])
    }
    guard member.size < 0 || bytes.count == Int(member.size) else {
      throw Failure(.read, .truncated, "the archive's member has \(bytes.count) of \(member.size) bytes")
    }
    guard !bytes.isEmpty else { throw Failure(.read, .empty, "the archive's member is empty") }
    return bytes
  }

  /// Returns `name` without leading slashes and `./`.
  private static func cleaned(_ name: UnsafeRawBufferPointer) -> Slice<UnsafeRawBufferPointer> {
    var rest = name[...]
    while true {
      if rest.first == UInt8(ascii: "/") {
        rest = rest.dropFirst()
      } else if rest.starts(with: Array("./".utf8)) {
        rest = rest.dropFirst(2)
      } else {
        return rest
      }
    }
  }
}
