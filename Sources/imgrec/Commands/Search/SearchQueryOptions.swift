import ArgumentParser
import Platform

/// What is searched, and the network that looks at it.
struct SearchQueryOptions: ParsableArguments {
  @Option(
    help: .init(
      "Photo, or folder of photos, to compare with. Repeatable: the mean of the vectors counts.", valueName: "photo"),
    completion: .file())
  var like: [String] = []

  @Option(
    help: .init(
      "Path of a record whose own vector is compared with the others. Repeatable, and beside --like.",
      valueName: "path"),
    completion: .file())
  var id: [String] = []

  @Option(
    help: .init(
      "Words to compare with, if the network has a text network beside it. Repeatable, and beside the others.",
      valueName: "words"))
  var text: [String] = []

  @Option(help: .init("With --id: page of the file.", valueName: "n"), transform: ArgumentParsing.count)
  var page: Int?

  @Option(
    name: [.customShort("m", allowingJoined: true), .long],
    help: .init(
      "Network of the vectors (default: that of the first record with a vector).", valueName: "name|file"),
    completion: .models(of: .embed))
  var model: String?

  @Option(
    help: .init("The card of a network file, if it is not FILE.json beside it.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var card: String?

  @Flag(help: "Look at the photo of --like in its four orientations, as the scan did.")
  var allOrientations = false

  @Flag(help: "Fetch the network if it is not installed.")
  var pull = false
}

extension SearchQueryOptions {
  /// The values of `--like`.
  var photos: [RawPath] { RawArguments().paths(like) }

  /// The values of `--id`.
  var records: [RawPath] { RawArguments().paths(id) }

  var rules: [OptionRule] {
    [
      OptionRule(
        like.isEmpty && id.isEmpty && text.isEmpty, "nothing to search for",
        "Name a photo with --like, or the path of a record with --id."),
      .needs("--page", page != nil, "--id", !id.isEmpty, add: "--id PATH"),
      .needs("--card", card != nil, "--model", model != nil, add: "--model FILE"),
      .needs("--all-orientations", allOrientations, "--like", !like.isEmpty, add: "--like PHOTO"),
      .needs("--pull", pull, "--like", !like.isEmpty || !text.isEmpty, add: "--like PHOTO"),
      OptionRule(
        text.contains { $0.allSatisfy(\.isWhitespace) }, "--text is empty",
        "Name what to search for: --text 'red circle'"),
      OptionRule(
        like.contains("-"), "--like reads no standard input",
        "Write the photo to a file and name it; records come from standard input."),
    ]
      + photos.compactMap { path in
        guard !AtomicFile.exists(path) else { return nil }
        return OptionRule(
          true, "--like \(path): no such file", "Name a photo that exists; --id takes the path of a record.")
      }
  }
}
