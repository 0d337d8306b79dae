import Outputs
import Platform

/// The file of a report, or standard output.
struct ReportTarget {
  /// Where the page is, for links: a page on standard output is in the current folder.
  let path: RawPath
  /// Standard output.
  private let isStream: Bool
  /// A device or a pipe, which is written as it is.
  private let isSpecial: Bool
  private let onExists: OnExists
  /// The file that would be replaced.
  private let existing: FileIdentity?

  /// Throws if the page cannot be written, or is there and may not be replaced.
  init(_ path: RawPath, onExists: OnExists) throws(SetupError) {
    isStream = path.bytes == Array("-".utf8) || path.standardStream == STDOUT_FILENO
    self.path = isStream ? RawPath("./-") : path
    self.onExists = onExists
    var status = stat()
    let exists = !isStream && LongPath.examine(path, &status) == 0
    let kind = exists ? LongPath.kind(status) : S_IFREG
    if kind == S_IFDIR {
      throw SetupError("\(path) is a folder\nName a file in it: -o \(path.appending("report.html".utf8))")
    }
    isSpecial = kind != S_IFREG
    guard !isStream, !isSpecial else {
      existing = nil
      return
    }
    if !exists, AtomicFile.exists(path) {
      throw SetupError("\(path) is a link to a file that does not exist\nName another file with -o.")
    }
    existing = exists ? FileIdentity(status) : nil
    if exists, onExists == .error || onExists == .skip {
      throw SetupError("\(path) exists\nName another file with -o, or add --on-exists overwrite to replace it.")
    }
    // Found now, and not after the thumbnails are made.
    do throws(FileError) { try AtomicFile(path).abandon() } catch {
      let advice =
        switch error.code {
        case ENOENT, ENOTDIR: "Make its folder first: mkdir -p \(path.parent)"
        default: "Name another file with -o."
        }
      throw SetupError("cannot write \(error)\n\(advice)")
    }
  }

  /// Throws if the page would replace one of the files that are read.
  func refuse(_ inputs: [RawPath]) throws(SetupError) {
    var isSame = existing.map { FileIdentity(regular: STDIN_FILENO) == $0 } ?? false
    for input in inputs where input.bytes != Array("-".utf8) {
      isSame =
        isSame || existing.map { FileIdentity(input) == $0 } ?? (!isStream && input.resolved == path.resolved)
    }
    if isSame { throw SetupError("-o would write over \(path), an input of this run\nName another file with -o.") }
  }

  /// Throws if the page would replace the image.
  func refuse(image: RawPath) throws(SetupError) {
    guard let existing, onExists == .overwrite, FileIdentity(image) == existing else { return }
    throw SetupError("-o would write over \(path), an image of the records\nName another file with -o.")
  }

  /// Writes the page all or nothing. Returns its name and its size in bytes.
  func write(
    _ body: (_ write: ([UInt8]) throws(FileError) -> Void) throws(FileError) -> Void
  ) throws(SetupError) -> (name: RawPath, size: Int) {
    var size = 0
    do throws(FileError) {
      if isStream || isSpecial {
        signal(SIGPIPE, SIG_IGN)  // a closed pipe becomes an error of write()
        let name = isStream ? RawPath("standard output") : path
        let opened =
          isStream ? STDOUT_FILENO : retrying { path.withCString { open($0, O_WRONLY | O_NOCTTY | O_CLOEXEC) } }
        guard opened >= 0 else { throw FileError(path) }
        defer { if !isStream { close(opened) } }
        try body { bytes throws(FileError) in
          size += bytes.count
          let code = bytes.withUnsafeBytes { writeAll(opened, $0) }
          // A reader that has seen enough is no failure.
          guard code == 0 || code == EPIPE else { throw FileError(name, code) }
        }
        return (name, size)
      }
      // A link is followed, and not replaced.
      let file = try AtomicFile(path.resolved ?? path)
      try body { bytes throws(FileError) in
        size += bytes.count
        try file.write(bytes)
      }
      let name = try file.commit(onExists == .skip ? .error : onExists)
      return (onExists == .rename ? name : path, size)
    } catch {
      throw SetupError("cannot write \(error)")
    }
  }
}
