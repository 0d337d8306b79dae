import ArgumentParser
import Codecs
import Dispatch
import Inputs
import Platform

/// Which images.
struct InputOptions: ParsableArguments {
  @Argument(help: "Images, folders, archives; '-' reads paths from standard input.")
  var paths: [String] = []

  @Option(help: .init("Read paths from a file as well, one a line.", valueName: "file"))
  var filesFrom: [String] = []

  @Flag(name: [.customShort("0"), .long], help: "Lists of paths are NUL-separated (find -print0).")
  var null = false

  @Option(help: .init("Only files that match, such as '*.jpg' or '2024/**'. Repeatable.", valueName: "pattern"))
  var glob: [String] = []

  @Option(help: .init("No files or folders that match. Repeatable.", valueName: "pattern"))
  var exclude: [String] = []

  @Flag(help: "Hidden files and folders too.")
  var hidden = false

  @Flag(help: "Follow links to folders. (Links to files are always taken.)")
  var follow = false

  @Option(
    help: .init("How deep to go: 1 is the folder's own files.", valueName: "n"), transform: ArgumentParsing.count)
  var maxDepth: Int?

  @Option(help: .init("Stop after so many inputs.", valueName: "n"), transform: ArgumentParsing.count)
  var limit: Int?

  func validate() throws {
    guard !paths.isEmpty || !filesFrom.isEmpty else {
      throw ValidationError("Name at least one image or folder, or '-' to read paths from standard input.")
    }
  }
}

extension InputOptions {
  /// The walk over what was named, in the order in which it was.
  func feed(maxFileSize: Int) throws(SetupError) -> DirectoryWalk {
    var options = WalkOptions()
    options.include = glob.map { Glob($0) }
    options.exclude = exclude.map { Glob($0) }
    options.hidden = hidden
    options.follow = follow
    options.maxDepth = maxDepth
    options.limit = limit
    options.maxFileSize = maxFileSize
    let separator: PathList.Separator = null ? .nul : .newline
    var sources: [InputSource] = []
    for path in RawArguments().paths(paths) {
      sources.append(
        path == RawPath("-") ? .list(PathList(separator: separator)) : .path(path))
    }
    for file in filesFrom {
      sources.append(
        .list(file == "-" ? PathList(separator: separator) : try PathList(path: RawPath(file), separator: separator)))
    }
    return DirectoryWalk(sources, options: options, sniff: FormatSniffer.format(of:))
  }

  /// Counts the inputs with a walk of its own while the run is under way, for the progress; nothing where they come
  /// from standard input, which can be read once only.
  func countInBackground(if wanted: Bool, maxFileSize: Int) -> @Sendable () -> Int? {
    guard wanted, !paths.contains("-"), !filesFrom.contains("-"), let walk = try? feed(maxFileSize: maxFileSize) else {
      return { nil }
    }
    let counter = InputCounter(walk: walk)
    DispatchQueue(label: "imgrec.count", qos: .background).async { counter.count() }
    return { counter.total }
  }
}
