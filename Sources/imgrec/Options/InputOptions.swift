import ArgumentParser
import Codecs
import Dispatch
import Inputs
import Outputs
import Platform
import Recognition

/// Input selection.
struct InputOptions: ParsableArguments {
  @Argument(
    help: "Images, folders, archives, TFRecord or LMDB files; '-' for standard input: paths, images, an archive.",
    completion: .file())
  var paths: [String] = []

  @Option(
    help: .init("Also read paths from a file, one per line. Repeatable.", valueName: "file"),
    completion: .file())
  var filesFrom: [String] = []

  @Flag(name: [.customShort("0"), .long], help: "Read NUL-separated lists of paths, as find -print0 writes them.")
  var null = false

  @Option(
    help: .init("Read only files that match, such as '*.{jpg,png}' or '2024/**'. Repeatable.", valueName: "pattern"),
    transform: ArgumentParsing.glob(ignoringCase: false))
  var glob: [Glob] = []

  @Option(
    help: .init("Like --glob, but ignore case. Repeatable.", valueName: "pattern"),
    transform: ArgumentParsing.glob(ignoringCase: true))
  var iglob: [Glob] = []

  @Option(
    help: .init("Skip files and folders that match. Repeatable.", valueName: "pattern"),
    transform: ArgumentParsing.glob(ignoringCase: false))
  var exclude: [Glob] = []

  @Flag(help: "Include hidden files and folders.")
  var hidden = false

  @Flag(help: "Follow links to folders (always done for files).")
  var follow = false

  @Option(
    help: .init("Maximum depth of the walk; 1 reads only the folder's own files.", valueName: "n"),
    transform: ArgumentParsing.count)
  var maxDepth: Int?

  @Option(help: .init("Stop after this number of inputs.", valueName: "n"), transform: ArgumentParsing.count)
  var limit: Int?

  @Flag(help: "Print each file and folder that is passed over, with the reason, on standard error.")
  var listIgnored = false
}

extension InputOptions {
  /// Returns the walk over the named inputs, in their order, without the folders `leaveOut`.
  ///
  /// With `--list-ignored` it prints what it passes over in the given form; nil for the further walks of a command.
  func feed(
    maxFileSize: Int, leaveOut: Set<FileIdentity> = [], listing form: LogForm? = Console.form
  ) throws(SetupError) -> DirectoryWalk {
    let options = walkOptions(maxFileSize: maxFileSize, leaveOut: leaveOut, listing: form)
    let separator: PathList.Separator = null ? .nul : .newline
    var sources: [InputSource] = []
    for path in RawArguments().paths(paths) {
      sources.append(
        path == RawPath("-") ? .list(PathList(separator: separator)) : .path(path))
    }
    for file in RawArguments().paths(filesFrom) {
      guard file != RawPath("-") else {
        sources.append(.list(PathList(separator: separator)))
        continue
      }
      let list = try PathList(path: file, separator: separator)
      try list.check(sniff: FormatSniffer.format(of:))
      sources.append(.list(list))
    }
    let readsInput = paths.contains("-") || filesFrom.contains("-")
    if readsInput, form == .text, HostInfo.isTerminal(STDIN_FILENO) {
      Console.note("standard input is a terminal: type one path a line, Ctrl-D ends the list")
    }
    return DirectoryWalk(sources, options: options, sniff: FormatSniffer.format(of:))
  }

  /// The selection of inputs in folders, without the folders `leaveOut`. With `--list-ignored` it prints what is passed
  /// over in the given form, unless that is nil.
  func walkOptions(
    maxFileSize: Int, leaveOut: Set<FileIdentity>, listing form: LogForm? = Console.form
  ) -> WalkOptions {
    var options = WalkOptions()
    options.include = glob + iglob
    options.exclude = exclude
    options.hidden = hidden
    options.follow = follow
    options.maxDepth = maxDepth
    options.limit = limit
    options.maxFileSize = maxFileSize
    options.leaveOut = leaveOut
    if listIgnored, let form {
      options.onIgnored = { path, reason in
        switch form {
        case .text: Console.message(TerminalText.escaped("ignored: \(path) (\(reason.description))") + "\n")
        case .json:
          let entry = LogEntry(
            .info, .ignored, "ignored: \(reason.description)", path: path, [("reason", .text(reason.description))])
          Console.print(entry)
        }
      }
    }
    return options
  }

  /// Whether inputs come from standard input or a pipe, such as `--files-from <(find ...)`: a second walk would take
  /// paths from the first.
  var isReadOnce: Bool {
    paths.contains("-") || RawArguments().paths(filesFrom).contains { $0 == RawPath("-") || !FileStamp.isFile($0) }
  }

  /// Returns the files that the walk reads, as far as they are known before it.
  func files() -> InputFiles {
    var files = InputFiles()
    for path in RawArguments().paths(paths) {
      if path == RawPath("-") {
        files.add(descriptor: STDIN_FILENO, role: "which is read on standard input")
      } else {
        files.add(
          path, role: "an input of this run",
          folderRole: "which this run would read as an image of the folder \(path)")
      }
    }
    let lists = RawArguments().paths(filesFrom)
    for list in lists {
      if list == RawPath("-") {
        files.add(descriptor: STDIN_FILENO, role: "which is read on standard input")
      } else {
        files.add(list, role: "a list of inputs of this run")
      }
    }
    files.add(descriptor: STDERR_FILENO, role: "to which messages go")
    files.isImageName = \.isNamedLikeImage
    let separator: PathList.Separator = null ? .nul : .newline
    files.isListed = { file in
      lists.contains { path in
        var status = stat()
        // What comes over a pipe can be read only once.
        guard LongPath.examine(path, &status) == 0, LongPath.kind(status) == S_IFREG else { return false }
        return (try? PathList(path: path, separator: separator))?.names(file) ?? false
      }
    }
    return files
  }

  /// Counts the inputs in a second walk while the run is in progress, for the progress display.
  ///
  /// - Returns: A closure that returns the count once it is known. It always returns nil when inputs come from a list that
  ///   can be read only once.
  func countInBackground(
    if isNeeded: Bool, maxFileSize: Int, leaveOut: Set<FileIdentity> = []
  ) -> @Sendable () -> Int? {
    guard isNeeded, !isReadOnce,
      let walk = try? feed(maxFileSize: maxFileSize, leaveOut: leaveOut, listing: nil)
    else { return { nil } }
    let counter = InputCounter(walk: walk)
    DispatchQueue(label: "imgrec.count", qos: .background).async { counter.count() }
    return { counter.total }
  }
}
