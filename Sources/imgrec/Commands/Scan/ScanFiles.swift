import ModelLibrary
import Outputs
import Platform

/// The single files of a scan.
struct ScanFiles {
  var records: OutputFile?
  var vectors: OutputFile?
  var reports = ReportFiles()
}

extension ScanCommand {
  /// Opens the files of a run, each checked against what the run reads and the other files.
  func openFiles(_ store: ModelStore) throws(SetupError) -> ScanFiles {
    let names = [output.npy, runOptions.summary, runOptions.metrics]
    guard output.file != nil || names.contains(where: { $0 != nil }) else { return ScanFiles() }
    var inputs = inputFiles()
    if faces.identify { inputs.add(RawPath(faces.path(store)), role: "the gallery of this run") }
    if output.file == nil { inputs.add(descriptor: STDOUT_FILENO, role: "to which the records go") }
    var checks = OutputFiles(inputs: inputs, overwrites: output.onExists == .overwrite)
    var files = ScanFiles()
    files.records = try openRecords(&checks)
    if let npy = output.npy {
      files.vectors = try checks.open(RawArguments().path(npy), flag: "--npy", kind: .vectors)
    }
    files.reports = try runOptions.reserve(in: &checks)
    return files
  }

  /// Opens the file of the records alone; nil for standard output.
  func openRecords() throws(SetupError) -> OutputFile? {
    var checks = OutputFiles(inputs: inputFiles(), overwrites: output.onExists == .overwrite)
    return try openRecords(&checks)
  }

  /// Opens the file of a list of inputs; nil for standard output. Records that would be continued stay as they are.
  func openList() throws(SetupError) -> OutputFile? {
    guard let path = output.file, !resuming.resume else { return nil }
    var checks = OutputFiles(inputs: inputFiles(), overwrites: output.onExists == .overwrite)
    return try checks.open(path, flag: "-o", kind: .list)
  }

  private func openRecords(_ checks: inout OutputFiles) throws(SetupError) -> OutputFile? {
    guard let path = try watching.pattern(output)?.currentFile() ?? output.file else { return nil }
    let file = try checks.open(path, flag: "-o", kind: .records, resuming: resuming.resume || watching.watch)
    file.staysOpen = resuming.resume
    return file
  }

  func inputFiles() -> InputFiles {
    var files = input.files()
    for name in model.model + [model.card].compactMap({ $0 }) {
      files.add(RawArguments().path(name), role: "the network of this run or its card")
    }
    if case .sqlite(let path)? = try? CacheLocation(cache.cache) {
      files.add(RawPath(path), role: "the cache of this run")
    }
    for (folder, flag) in [
      (artifacts.annotate, "--annotate"), (artifacts.crops, "--crops"), (artifacts.cutout, "--cutout"),
      (artifacts.masks, "--masks"),
    ] {
      if let folder { files.add(folder: RawArguments().path(folder), role: "where \(flag) writes pictures") }
    }
    return files
  }
}
