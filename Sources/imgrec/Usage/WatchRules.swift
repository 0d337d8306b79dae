import Outputs
import Platform
import Recognition

extension WatchingOptions {
  /// The rules of a run that watches folders, of `command`.
  func rules(_ command: String, _ input: InputOptions) -> [OptionRule] {
    let needs = [("--new", onlyNew), ("--settle", settle != nil), ("--poll", poll != nil)].map {
      OptionRule.needs($0.0, $0.1, "--watch", watch)
    }
    guard watch else { return needs }
    let named = RawArguments().paths(input.paths)
    let file = named.first { path in
      var status = stat()
      return path != RawPath("-") && LongPath.examine(path, &status) == 0 && LongPath.kind(status) != S_IFDIR
    }
    let folder = file.map { $0.parent } ?? RawPath("FOLDER")
    return [
      OptionRule(
        input.readsLists, "--watch watches folders, and a list of paths is none",
        "Name folders: \(command) --watch FOLDER"),
      OptionRule(
        file != nil, "--watch watches folders, and \(file.map(\.description) ?? "") is none",
        "Name the folder that it is in: \(command) --watch \(folder)"),
    ]
  }
}

extension ScanCommand {
  /// The rules of `imgrec scan --watch`.
  func watchRules() -> [OptionRule] {
    let common = watching.rules("imgrec scan", input)
    guard watching.watch else { return common }
    func excludes(_ option: String, _ isGiven: Bool, _ reason: String) -> OptionRule {
      .excludes("--watch", true, option, isGiven, because: reason)
    }
    let hasFile = output.file != nil
    let format = output.format
    let hasEnd =
      switch format {
      case .json, .hocr, .coco, .yolo, .voc: true
      case .jsonl, .csv, .table, .paths, .text, nil: false
      }
    return common + [
      OptionRule(
        queued.queue != nil, "--watch and --queue cannot be used together in imgrec scan",
        "Use imgrec submit --watch, imgrec worker and imgrec collect."),
      .idle("--resume", resuming.resume, in: "scan --watch", because: "it always continues its file"),
      excludes("--dry-run", runOptions.dryRun, "the list has no end"),
      excludes("--npy", output.npy != nil, "an array has the number of its rows at the beginning"),
      excludes(
        "--similar", secondModels.similar != nil, "it remembers each image, and the run has no end"),
      excludes("--format \(format?.rawValue ?? "")", hasEnd, "such a document has an end, or a folder of its own"),
      OptionRule(
        hasFile && !hasEnd && format ?? .jsonl != .jsonl,
        "--watch continues its file at the next start, which must be JSON Lines; this run writes \(format?.rawValue ?? "")",
        "Use --format jsonl, or write to standard output."),
      .excludes(
        "--order done", output.order == .done, "--pages all", pageChoice.pages == .all,
        because: "a killed watch continues after the last file whose pages are all there"),
    ]
  }
}
