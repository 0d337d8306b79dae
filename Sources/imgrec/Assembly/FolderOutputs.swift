import Foundation
import Inputs
import Outputs
import Platform
import Recognition

/// The folders into which a run writes files per input, checked against the inputs before it starts.
struct FolderOutputs {
  let input: InputOptions
  let artifacts: ArtifactWriter.Folders
  /// The label format's folder; nil if the format writes none.
  var labels: (format: OutputFormat, folder: RawPath)?
  let onExists: OnExists
  let maxFileSize: Int
  let tree: InputTree

  init(
    input: InputOptions, artifacts: ArtifactOptions, output: OutputOptions, maxFileSize: Int
  ) {
    self.input = input
    self.artifacts = artifacts.folders
    if let format = output.format, format.needsFolder, let folder = output.output {
      labels = (format, RawArguments().path(folder))
    }
    onExists = output.onExists
    self.maxFileSize = maxFileSize
    tree = InputTree(roots: RawArguments().paths(input.paths))
  }

  private var isEmpty: Bool { artifacts.all.isEmpty && labels == nil }

  /// Checks the folders, then the names of the files; returns whether no two inputs share a name.
  ///
  /// The names are checked in a walk of their own, unless the inputs are read from standard input, which can be read only
  /// once: then a file that exists is the failure of its image. `isResuming` if the files of an interrupted run may be
  /// there.
  ///
  /// Throws if a file would fall on an input, on another file of the run, or on a file that exists.
  func check(isResuming: Bool) throws(SetupError) -> Bool {
    guard !isEmpty else { return true }
    try checkFolders()
    for (option, folder) in artifacts.all { try FolderTrial.check(folder, option: option) }
    if let labels { try FolderTrial.check(labels.folder, option: "-o") }
    try checkSharedFile()
    if input.isReadOnce {
      if !artifacts.all.isEmpty { try input.refuseOverwriting(onExists) }
      return false
    }
    let leaveOut = leftOut
    let feed = { () throws(SetupError) -> any Feed in
      try input.feed(maxFileSize: maxFileSize, leaveOut: leaveOut, listing: nil)
    }
    let renames = onExists == .rename
    if renames, sharedFile == nil { return false }
    let cropped = onExists == .error && !isResuming ? croppedImages() : []
    var replaced = ReplacedInputs()
    let collisions = try OutputCollision.find(
      feed, most: renames ? 0 : 3, names: names,
      visit: { item, names throws(SetupError) in
        try check(names, of: item, isResuming: isResuming, cropped: cropped)
        if onExists == .overwrite { replaced.add(item, outputs: names) }
      })
    try replaced.check()
    if renames { return false }
    if let message = OutputCollision.message(collisions) {
      throw SetupError("\(message)\nRun them separately, or use --on-exists rename.")
    }
    return true
  }

  /// Creates the folders of pictures that lie in an input folder, and returns them, to be left out of the walk.
  ///
  /// They exist before the walk comes there, so that it recognises them.
  func makeLeftOut(quiet: Bool) throws(SetupError) -> Set<FileIdentity> {
    var identities: Set<FileIdentity> = []
    for (option, folder) in artifacts.all {
      if let identity = try input.leaveOut(folder, option: option, quiet: quiet) { identities.insert(identity) }
    }
    return identities
  }

  /// The folders of pictures that exist.
  private var leftOut: Set<FileIdentity> { Set(artifacts.all.compactMap { FileIdentity($0.folder) }) }

  // MARK: Folders

  private func checkFolders() throws(SetupError) {
    for (index, (option, folder)) in artifacts.all.enumerated() {
      for (other, another) in artifacts.all[..<index]
      where another.resolvedAsFarAsItExists == folder.resolvedAsFarAsItExists {
        throw SetupError("\(other) and \(option) name one folder, \(folder); name a folder for each")
      }
      if let (root, isSame) = input.folder(within: folder) {
        throw SetupError(
          "\(option) \(folder): the folder \(isSame ? "is" : "holds") the input \(root); name a folder of its own, "
            + "such as \(folder.appending(option.dropFirst(2).utf8))")
      }
    }
  }

  // MARK: Names

  private func names(_ path: RawPath) -> [RawPath] {
    var names = ArtifactWriter.names(for: path, in: artifacts, tree: tree)
    if let labels, let name = labels.format.fileName(for: tree.relative(path)) {
      names.append(labels.folder.appending(name.bytes))
    }
    return names
  }

  /// Hashes of the names of the images whose crops are in the folder: LABEL/NAME-1.jpg.
  private func croppedImages() -> Set<UInt64> {
    guard let folder = artifacts.crops, let files = FileManager.default.enumerator(atPath: folder.description) else {
      return []
    }
    var images: Set<UInt64> = []
    for case let file as String in files {
      guard let label = file.firstIndex(of: "/"), let end = file.lastIndex(of: "-"), label < end else { continue }
      images.insert(fnv1a(file[file.index(after: label)..<end].utf8))
    }
    return images
  }

  /// The file of a label format that belongs to no image, such as the list of classes.
  private var sharedFile: RawPath? {
    labels.flatMap { labels in labels.format.sharedFileName.map { labels.folder.appending($0.bytes) } }
  }

  private func checkSharedFile() throws(SetupError) {
    guard let sharedFile, onExists == .error || onExists == .skip, AtomicFile.exists(sharedFile) else { return }
    throw SetupError("\(sharedFile) exists already; use --on-exists overwrite, or name another folder")
  }

  /// Checks the files of one input. `cropped` are the images whose crops are there.
  private func check(_ names: [RawPath], of item: Item, isResuming: Bool, cropped: Set<UInt64>) throws(SetupError) {
    if let sharedFile, names.contains(sharedFile) {
      throw SetupError(
        "\(item.path) and the list of classes would both become \(sharedFile); rename the image, or use another format")
    }
    guard onExists == .error, !isResuming else { return }
    if let folder = artifacts.crops, cropped.contains(fnv1a(tree.relative(item.path).bytes)) {
      throw SetupError(
        "\(folder) has crops of \(item.path) already; use --on-exists skip, overwrite or rename, or name another folder"
      )
    }
    if let taken = names.first(where: AtomicFile.exists) {
      throw SetupError("\(taken) exists already; use --on-exists skip, overwrite or rename, or name another folder")
    }
  }
}
