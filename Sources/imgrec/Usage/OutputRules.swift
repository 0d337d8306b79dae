import Outputs
import Platform
import Recognition

extension OutputOptions {
  /// The rules of the records' format and files. `hasFolders` if the run writes pictures into folders, and `hasReports` if
  /// it writes other files.
  func rules(resumes: Bool, hasFolders: Bool, hasReports: Bool) -> [OptionRule] {
    let hasFile = output != nil && output != "-"
    let name = format?.rawValue ?? "jsonl"
    let needsFolder = format?.needsFolder == true
    let writesFiles = hasFile || npy != nil || hasFolders || hasReports
    return endingRules() + [
      OptionRule(
        needsFolder && !hasFile, "--format \(name) writes one file per image, and needs a folder",
        "Add -o FOLDER, or use another format."),
      .needs("--print0", print0, "--format paths", format == .paths),
      .needs("--resume", resumes, "-o FILE", hasFile),
      OptionRule(
        resumes && format?.isResumable == false, "--resume continues JSON Lines; this run writes \(name)",
        "Use --format jsonl and the file of the earlier run, or leave --resume out."),
      .excludes(
        "--npy", npy != nil, "--resume", resumes, because: "the array would lack the rows of the earlier run"),
      OptionRule(
        onExists == .overwrite && !writesFiles, "--on-exists overwrite needs an output file or folder",
        "Add -o FILE, or leave --on-exists out."),
      OptionRule(
        (onExists == .skip || onExists == .rename) && !hasFolders && !needsFolder,
        "--on-exists \(onExists.rawValue) is for files of each image; this run writes none",
        "Use --on-exists overwrite, or add --annotate, --crops, --cutout or --masks FOLDER."),
      OptionRule(
        order == .done && format?.holdsAnnotations == true,
        "--order does nothing with --format \(name): its annotations have no order", "Leave --order out."),
    ]
  }

  /// The endings of `-o` that name a format which is not written.
  private func endingRules() -> [OptionRule] {
    guard case .unwritten(let ending, let advice)? = ending, formatOption == nil, let output else { return [] }
    // A picture that is there is not written over, and is more likely an input: `scan -o *.jpg`.
    if OutputEnding.pictures.contains(ending), AtomicFile.exists(RawArguments().path(output)) { return [] }
    let known = OutputFormat.endings.map { ".\($0.ending)" }.joined(separator: ", ")
    return [
      OptionRule(
        true, ".\(ending) is not a format that imgrec writes; the endings that it knows are \(known)",
        advice ?? "Name the file by one of them, or add --format.")
    ]
  }

  /// The rules of the formats that hold the objects of an image.
  func rules(_ tasks: RunTasks) -> [OptionRule] {
    let objects = RunTasks.tasks(with: [.detections, .segments], first: .detect)
    let label = format?.holdsAnnotations == true
    return [
      tasks.rule("--format \(format?.rawValue ?? "")", label, needs: objects),
      tasks.rule("--format \(format?.rawValue ?? "")", format?.holdsText == true, needs: [.text, .plates]),
      tasks.rule("--npy", npy != nil, needs: [.embed]),
    ]
  }
}

extension ArtifactOptions {
  func rules(_ tasks: RunTasks) -> [OptionRule] {
    let drawn: Set<FindingsKind> = [.labels, .detections, .segments, .codes]
    return [
      tasks.rule("--annotate", annotate != nil, needs: RunTasks.tasks(with: drawn, first: .detect)),
      tasks.rule("--crops", crops != nil, needs: RunTasks.tasks(with: [.detections, .codes], first: .detect)),
      tasks.rule("--cutout", cutout != nil, needs: [.segment]),
      tasks.rule("--masks", masks != nil, needs: [.segment]),
    ]
  }

  /// The first option that is given; nil if none is.
  var firstOption: String? { folders.all.first?.option }
}
