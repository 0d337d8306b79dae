import Foundation
import Platform

/// A library that runs networks and is opened at run time, where it is found.
public enum EngineLibrary: String, CaseIterable, Sendable {
  case openvino, onnxruntime

  /// Names a file or a folder of it, before all other places.
  public var variable: String {
    switch self {
    case .openvino: "IMGREC_OPENVINO"
    case .onnxruntime: "IMGREC_ONNXRUNTIME"
    }
  }

  /// Whether the variable is set.
  public var isNamed: Bool { ProcessInfo.processInfo.environment[variable]?.isEmpty == false }

  /// What a user knows it by.
  public var title: String {
    switch self {
    case .openvino: "OpenVINO"
    case .onnxruntime: "ONNX Runtime"
    }
  }

  /// What the file's name begins with.
  var stem: String {
    switch self {
    case .openvino: "libopenvino_c."
    case .onnxruntime: "libonnxruntime."
    }
  }

  /// Where `engines pull` puts it: `$XDG_DATA_HOME/imgrec/engines/NAME`, else below `~/.local/share`.
  public func folder(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    Self.root(environment: environment) + "/" + rawValue
  }

  static func root(environment: [String: String]) -> String {
    (UserDirectories.data(environment: environment) ?? NSHomeDirectory() + "/.local/share/imgrec") + "/engines"
  }

  /// The files and names to try, in that order: the variable's and nothing else where it is set, what was pulled, and
  /// what the system has.
  public func candidates(environment: [String: String] = ProcessInfo.processInfo.environment) throws(SetupError)
    -> [String]
  {
    if let given = environment[variable], !given.isEmpty {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: given, isDirectory: &isFolder) else {
        throw SetupError("\(variable): there is no \(given)")
      }
      guard isFolder.boolValue else { return [given] }
      let found = libraries(in: given)
      guard !found.isEmpty else { throw SetupError("\(variable): there is no \(stem)so in \(given)") }
      return found
    }
    let paths = (environment["LD_LIBRARY_PATH"] ?? "").split(separator: ":").map(String.init)
    let system = [
      "/usr/local/lib", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
      "/opt/intel/openvino", "/opt/homebrew/lib",
    ]
    return ([folder(environment: environment)] + paths + system).flatMap { libraries(in: $0) }
  }

  /// The library's files in a folder, or in those below it that packages use; the shortest name first, which is the one
  /// that linkers choose.
  public func libraries(in folder: String) -> [String] {
    for place in [folder, "\(folder)/lib", "\(folder)/libs", "\(folder)/capi", "\(folder)/runtime/lib/intel64"] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      let fitting = names.filter { name in
        name.hasPrefix(stem) && [".so", ".dylib"].contains { name.contains($0) } && !name.hasSuffix("-gdb.py")
      }
      if !fitting.isEmpty { return fitting.sorted { ($0.count, $0) < ($1.count, $1) }.map { "\(place)/\($0)" } }
    }
    return []
  }

  /// Opens the first candidate that opens.
  ///
  /// Throws `SetupError`, saying what was tried and what to do, where none does.
  public func open<Library>(_ open: (String) -> Result<Library, SetupError>) throws(SetupError) -> Library {
    var complaints: [String] = []
    for candidate in try candidates() {
      switch open(candidate) {
      case .success(let library): return library
      case .failure(let error): complaints.append("\(candidate): \(error.description)")
      }
    }
    guard complaints.isEmpty else {
      throw SetupError("\(title) does not open: " + complaints.joined(separator: "; "))
    }
    throw SetupError("\(title) is not here; to have it: imgrec engines pull \(rawValue)")
  }
}
