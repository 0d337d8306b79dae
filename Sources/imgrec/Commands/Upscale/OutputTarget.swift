import Codecs
import Foundation
import Inputs
import Outputs
import Pipeline
import Platform
import Recognition

/// Destination of `imgrec upscale`, checked against the inputs before the run starts.
struct OutputTarget {
  let input: InputOptions
  let output: UpscaleOutputOptions
  /// Largest file that a walk reports as an image.
  let maxFileSize: Int

  /// Returns the names of the outputs, if the target fits the inputs.
  func names() throws(SetupError) -> OutputNames {
    let roots = RawArguments().paths(input.paths)
    let target: OutputNames.Target
    let path = RawArguments().path(output.output)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: output.output, isDirectory: &isFolder)
    let format = Self.format(path)
    if output.output == "-" {
      try requireOneFile("standard output takes one picture")
      target = .standardOutput(output.format.kind ?? .png)
    } else if let format, !(exists && isFolder.boolValue) {
      try requireOneFile("\(output.output) is one file")
      if let kind = output.format.kind, kind != format {
        throw SetupError.usage(
          "-o \(output.output) is \(format.rawValue) by its name; this run has --format \(kind.rawValue)",
          "Name the file .\(kind.fileExtension), or leave --format out.")
      }
      target = .file(path, format)
    } else {
      if exists, !isFolder.boolValue {
        throw SetupError.usage(
          "-o \(output.output) is a file, and not named .jpg, .png or .webp", "Name a folder, or a file that is.")
      }
      if !exists, let other = path.fileExtension, Self.isPicture(other) {
        throw SetupError.usage(
          "-o \(output.output): \(other) is not written", "Name a file .jpg, .png or .webp, or a folder.")
      }
      target = .folder(path)
      if let (root, isSame) = input.folder(within: path), isSame {
        throw SetupError("the output folder \(path) is the input \(root); name a folder of its own")
      }
    }
    return OutputNames(target: target, kind: output.format.kind, roots: roots)
  }

  /// The format that the ending of a file's name says.
  static func format(_ path: RawPath) -> EncodedFormat? {
    path.fileExtension.flatMap { name in
      EncodedFormat.allCases.first {
        $0.fileExtension == name || ($0 == .jpeg && ImageFormat.jpeg.extensions.contains(name))
      }
    }
  }

  /// Whether files with this extension are pictures; asked for those that are not written.
  private static func isPicture(_ name: String) -> Bool {
    ImageFormat.allCases.contains { $0.extensions.contains(name) }
      || ["gif", "avif", "heic", "heif", "jxl", "svg"].contains(name)
  }

  /// Throws, for the given reason, unless there is exactly one input and it is no folder.
  private func requireOneFile(_ reason: String) throws(SetupError) {
    var isFolder: ObjCBool = false
    let isOne =
      input.paths.count == 1 && input.filesFrom.isEmpty && input.paths[0] != "-"
      && !(FileManager.default.fileExists(atPath: input.paths[0], isDirectory: &isFolder) && isFolder.boolValue)
    guard isOne else {
      throw SetupError.usage("\(reason), and several inputs or a folder become many", "Name a folder: -o FOLDER.")
    }
  }

  /// Creates an output folder that lies in an input folder, and returns what the walk leaves out.
  func makeLeftOut(_ names: OutputNames, quiet: Bool) throws(SetupError) -> Set<FileIdentity> {
    guard case .folder(let folder) = names.target else { return [] }
    return Set([try input.leaveOut(folder, option: "-o", quiet: quiet)].compactMap { $0 })
  }

  /// Throws if no picture can be written.
  func checkWritable(_ names: OutputNames) throws(SetupError) {
    switch names.target {
    case .folder(let folder): try FolderTrial.check(folder, option: "-o")
    case .file(let file, _): try FolderTrial.check(file.parent, option: "-o")
    case .standardOutput: break
    }
  }

  private func feed(_ names: OutputNames, listing: LogForm? = nil) throws(SetupError) -> DirectoryWalk {
    var leaveOut: Set<FileIdentity> = []
    if case .folder(let folder) = names.target { leaveOut = Set([FileIdentity(folder)].compactMap { $0 }) }
    return try input.feed(maxFileSize: maxFileSize, leaveOut: leaveOut, listing: listing)
  }

  /// Throws if two inputs would have the same output.
  ///
  /// - Returns: Whether all names are known to differ: a list on standard input can be read only once.
  func checkCollisions(of names: OutputNames) throws(SetupError) -> Bool {
    if input.isReadOnce { try input.refuseOverwriting(output.onExists) }
    if output.onExists == .rename || input.isReadOnce { return false }
    let walk = { () throws(SetupError) -> any Feed in try feed(names) }
    let outputs = { (path: RawPath) in names.output(for: path).path.map { [$0] } ?? [] }
    var replaced = ReplacedInputs()
    let collisions = try OutputCollision.find(
      walk, names: outputs,
      visit: { item, names throws(SetupError) in
        if output.onExists == .overwrite { replaced.add(item, outputs: names) }
      })
    try replaced.check()
    guard let message = OutputCollision.message(collisions) else { return true }
    throw SetupError("\(message)\nChoose another --format, run them separately, or use --on-exists rename.")
  }

  /// Returns the files that the run reads, and those that its pictures become.
  func files(_ model: UpscaleModelOptions) -> InputFiles {
    var files = input.files()
    for name in [model.model, model.card].compactMap({ $0 }) {
      files.add(RawArguments().path(name), role: "the network of this run or its card")
    }
    if output.output != "-" {
      let path = RawArguments().path(output.output)
      files.add(path, role: "the picture of this run")
      files.add(folder: path, role: "where this run writes its pictures")
    } else {
      files.add(descriptor: STDOUT_FILENO, role: "to which the picture goes")
    }
    return files
  }

  /// The path of `--records`; nil for standard output.
  var records: RawPath? {
    output.records.flatMap { $0 == "-" ? nil : RawArguments().path($0) }.flatMap {
      $0.standardStream == STDOUT_FILENO ? nil : $0
    }
  }

  /// Prints each input and its output, separated by a tab (`--dry-run`).
  func list(_ names: OutputNames, quiet: Bool, stop: StopToken) throws(SetupError) -> ExitStatus {
    let bytes = ByteOutput(descriptor: 1)
    let feed = try feed(names, listing: .text)
    var count = 0
    do throws(SinkError) {
      while !stop.isRequested, let item = feed.next() {
        count += 1
        let output = names.output(for: item.path).path?.bytes ?? [UInt8(ascii: "-")]
        try bytes.write(item.path.bytes + [UInt8(ascii: "\t")] + output + [UInt8(ascii: "\n")])
      }
      try bytes.finish()
    } catch {
      if case .failed(let message) = error { throw SetupError(message) }
      return .done
    }
    if stop.isRequested { return .interrupted }
    guard count == 0 else { return .done }
    if !quiet { Console.error(TerminalText.escaped(feed.noImagesMessage)) }
    return .noImages
  }
}
