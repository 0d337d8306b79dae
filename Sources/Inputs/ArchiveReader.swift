import CArchive
import Platform
import Recognition

/// Reads the images of a zip or tar archive, one in memory at a time. Archives inside it are not opened.
final class ArchiveReader {
  private let path: RawPath
  private let selection: MemberSelection
  private let stream: ByteStream
  private let reader: OpaquePointer
  private var isAtEnd = false
  /// Number of members so far, selected or not.
  private var count = 0
  private var block = [UInt8](repeating: 0, count: 128 * 1024)

  private static let endings = [
    ".zip", ".cbz", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst",
  ].map { Array($0.utf8) }

  /// Whether `path` is named like an archive.
  static func isArchive(_ path: RawPath) -> Bool {
    let name = path.lastComponent.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
    return endings.contains { name.count > $0.count && name.suffix($0.count).elementsEqual($0) }
  }

  /// Opens the archive at `path`.
  convenience init(_ path: RawPath, selection: MemberSelection) throws(Failure) {
    let stream = ByteStream(try LongPath.openForReading(path), ownsDescriptor: true)
    try self.init(stream, path: path, selection: selection)
  }

  /// Reads an archive from `stream`; its members' paths begin with `path`.
  init(_ stream: ByteStream, path: RawPath, selection: MemberSelection) throws(Failure) {
    guard carchive_is_available() != 0 else {
      throw Failure(.walk, .unsupported, "archives need libarchive, which is not installed")
    }
    var head = stream.take(stream.ahead.count)
    // From its beginning a zip is read by its directory, which knows more of the members than their headers do.
    if !head.isEmpty, lseek(stream.descriptor, off_t(-head.count), SEEK_CUR) >= 0 { head = [] }
    guard let opened = carchive_open(stream.descriptor, head, head.count) else {
      throw Failure(.walk, .outOfMemory, "the archive cannot be opened")
    }
    reader = opened
    self.stream = stream
    self.path = path
    self.selection = selection
  }

  deinit { carchive_close(reader) }

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
        let isDamaged = carchive_is_refused(reader) == 0
        let text = count == 0 && isDamaged ? "this cannot be read as a tar or zip archive: \(message)" : message
        return Container.Member(path, .fault(Failure(.walk, isDamaged ? .corrupt : .unsupported, text)))
      }
      count += 1
      let name = UnsafeRawBufferPointer(start: member.name, count: member.name.map { strlen($0) } ?? 0)
      let inside = MemberName.cleaned(name, number: count)
      let full = path.appending(inside.bytes)
      let key = carchive_is_tar(reader) != 0 ? MemberName.sampleKey(name) : nil
      do throws(Failure) {
        switch selection.choice(inside, Self.kind(member.type), at: full) {
        case .pass: continue
        case .fail(let failure): return Container.Member(full, .fault(failure), key: key)
        case .read: return Container.Member(full, .bytes(try read(member)), key: key)
        case .examine:
          guard member.isEncrypted == 0 else {
            selection.ignore(full, .unreadable)
            continue
          }
          let head = try readBlock()
          guard selection.looksLikeImage(head) else {
            selection.ignore(full, .notAnImage)
            continue
          }
          return Container.Member(full, .bytes(try read(member, after: head)), key: key)
        }
      } catch {
        return Container.Member(full, .fault(error), key: key)
      }
    }
    return nil
  }

  private static func kind(_ type: carchive_type) -> MemberSelection.Kind {
    switch type {
    case carchive_regular: .file
    case carchive_folder: .folder
    case carchive_link: .link
    default: .special
    }
  }

  /// The failure of a member that cannot be read.
  private var failure: Failure {
    Failure(.read, carchive_is_refused(reader) == 0 ? .corrupt : .unsupported, message)
  }

  private var message: String { String(cString: carchive_message(reader)) }

  private func read(_ member: carchive_member, after head: ArraySlice<UInt8> = []) throws(Failure) -> [UInt8] {
    guard member.isEncrypted == 0 else { throw Failure(.read, .unsupported, "the archive's member is encrypted") }
    let maxBytes = selection.options.maxFileSize
    let limit = Failure(.read, .fileTooLarge, "the archive's member has more than \(maxBytes) bytes")
    guard member.size <= Int64(maxBytes) else { throw limit }
    // Grows as bytes arrive: the size that an archive declares may be false.
    var bytes = Array(head)
    // Memory that is reserved and not written costs nothing; growing would hold the bytes twice.
    if member.size > 0 { bytes.reserveCapacity(Int(member.size)) }
    while true {
      let got = try readBlock()
      if got.isEmpty { break }
      guard bytes.count + got.count <= maxBytes else { throw limit }
      bytes.append(contentsOf: got)
    }
    guard member.size < 0 || bytes.count == Int(member.size) else {
      throw Failure(.read, .truncated, "the archive's member has \(bytes.count) of \(member.size) bytes")
    }
    guard !bytes.isEmpty else { throw Failure(.read, .empty, "the archive's member is empty") }
    return bytes
  }

  /// Reads the next bytes of the member; none at its end.
  private func readBlock() throws(Failure) -> ArraySlice<UInt8> {
    var got = 0
    switch carchive_read(reader, &block, block.count, &got) {
    case carchive_ok: return block[..<got]
    case carchive_member_failed: throw failure
    default:
      isAtEnd = true
      throw failure
    }
  }
}
