import EngineSupport
import Foundation
import Platform

/// A Python environment of imgrec's own, with packages that are pinned by version and hash, below the folder of caches.
/// Nothing of the system's or the user's packages is seen in it or changed by it.
public struct PythonEnvironment: Sendable {
  /// The lines of a pip requirements file, with hashes.
  private let requirements: String
  private let root: String
  private let searchPath: String?

  public init(cache: String, searchPath: String? = ProcessInfo.processInfo.environment["PATH"]) {
    requirements = EmbeddedFile.text("quantise_requirements.txt")
    root = "\(cache)/python"
    self.searchPath = searchPath
  }

  /// The environment's interpreter. Creates the environment if it is not complete; `progress` is called before.
  public func interpreter(progress: (PullEvent) -> Void) throws(SetupError) -> String {
    guard let python = Subprocess.find("python3", path: searchPath) else {
      throw SetupError(
        "python3 is required to quantise and is not on PATH\nInstall it: apt-get install python3 python3-pip")
    }
    try FileSystem.createDirectory(root, advice: "Set XDG_CACHE_HOME to a folder that can be written.")
    // An environment belongs to one version of Python and of the packages.
    let version = try version(of: python)
    let folder = "\(root)/quantise-\(version)-\(hexadecimal(Digest.of(requirements.utf8)).prefix(8))"
    let interpreter = "\(folder)/bin/python3"
    let marker = "\(folder)/complete"
    if FileSystem.size(marker) != nil, FileSystem.size(interpreter) != nil { return interpreter }
    let lock = try FileLock("\(root)/.lock") { progress(.waiting) }
    defer { withExtendedLifetime(lock) {} }
    if FileSystem.size(marker) != nil, FileSystem.size(interpreter) != nil { return interpreter }
    FileSystem.remove(folder)
    progress(.fetching("onnx, onnxruntime and numpy from the package index"))
    do { try make(folder, python, interpreter) } catch {
      FileSystem.remove(folder)
      throw error
    }
    guard FileManager.default.createFile(atPath: marker, contents: nil) else {
      throw SetupError("\(folder) cannot be written\nSet XDG_CACHE_HOME to a folder that can be written.")
    }
    return interpreter
  }

  private func make(_ folder: String, _ python: String, _ interpreter: String) throws(SetupError) {
    try FileSystem.createDirectory(folder)
    let list = "\(folder)/requirements.txt"
    try SetupError.wrapping("\(list): ") { try Data(requirements.utf8).write(to: URL(fileURLWithPath: list)) }
    // Without pip, the environment needs no package of Debian's beside python3-pip, whose pip installs into it.
    let made = try Subprocess.run(python, ["-I", "-m", "venv", "--without-pip", folder], in: folder)
    guard made.status == 0 else {
      throw SetupError("no Python environment can be made in \(folder): \(made.lastComplaint)")
    }
    let installed = try Subprocess.run(
      python,
      [
        "-m", "pip", "--python", interpreter, "install", "--quiet", "--no-input", "--disable-pip-version-check",
        "--no-deps", "--only-binary", ":all:", "--require-hashes", "--retries", "2", "--timeout", "20", "-r", list,
      ], in: folder)
    guard installed.status == 0 else {
      throw SetupError(
        "the packages that quantise networks cannot be installed: \(installed.pipError)\n"
          + "They are fetched once; run the command again with a connection, or set PIP_INDEX_URL to a mirror.")
    }
  }

  /// "3.11". The script prints on standard error, which is what a subprocess leaves behind.
  private func version(of python: String) throws(SetupError) -> String {
    let script = "import sys; sys.stderr.write('%d.%d' % sys.version_info[:2])"
    let result = try Subprocess.run(python, ["-I", "-c", script], in: root)
    guard result.status == 0, let version = result.complaints.last.map(String.init) else {
      throw SetupError("\(python) does not start: \(result.lastComplaint)")
    }
    return version
  }
}
