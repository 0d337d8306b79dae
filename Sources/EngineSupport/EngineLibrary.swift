import Foundation
import Platform
import Recognition

/// A library that runs networks and is found and opened at run time.
public struct EngineLibrary: Sendable {
  /// Its name in commands and folders: the engine's, or `onnxruntime-gpu`.
  public let name: String
  /// Display name.
  public let title: String
  /// Environment variable that names its file or a folder of it, searched before all other locations.
  public let variable: String
  /// Beginning of the file's name, up to the dot before `so`.
  let stem: String
  /// The names of other libraries that hold all of this one, and are preferred to it.
  let supersets: [String]
  /// The pip package that `engines pull` fetches.
  let package: Package

  /// A pip package of a fixed version, so that a run today and one next year compute the same.
  public struct Package: Sendable {
    /// As `openvino==2026.4.1`.
    let requirement: String
    /// The wheels that may be fetched; other machines have none.
    let wheels: [Wheel]
    /// Members to unpack, by the beginning of their path.
    let members: [String]

    public init(requirement: String, wheels: [Wheel], members: [String]) {
      self.requirement = requirement
      self.wheels = wheels
      self.members = members
    }

    /// The wheel for this machine; nil if none is pinned.
    var wheel: Wheel? { wheels.first { $0.machine == .current } }
  }

  /// A wheel for Python 3.11, whatever python runs: the libraries in it do not depend on python.
  public struct Wheel: Sendable {
    let machine: Machine
    /// Platform tag, as `manylinux_2_28_x86_64`.
    let platform: String
    let sha256: String

    public init(_ machine: Machine, platform: String, sha256: String) {
      self.machine = machine
      self.platform = platform
      self.sha256 = sha256
    }
  }

  public enum Machine: Sendable {
    case linuxX86
    case linuxARM
    case other

    static var current: Machine {
      #if os(Linux) && arch(x86_64)
        .linuxX86
      #elseif os(Linux) && arch(arm64)
        .linuxARM
      #else
        .other
      #endif
    }
  }

  /// `name` is that of the engine, or of a form of it for a device.
  public init(
    kind: EngineKind, name: String? = nil, title: String, variable: String, stem: String, supersets: [String] = [],
    package: Package
  ) {
    self.name = name ?? kind.rawValue
    self.supersets = supersets
    self.title = title
    self.variable = variable
    self.stem = stem
    self.package = package
  }

  /// The pip requirement of its package.
  public var requirement: String { package.requirement }

  /// Whether the user named the library in the environment.
  public var isNamed: Bool { ProcessInfo.processInfo.environment[variable]?.isEmpty == false }

  /// What to do if another library, without its parts, was opened in its place.
  public var pullAdvice: String {
    (isNamed ? "Unset \(variable), and fetch" : "Fetch") + " the one that has it: imgrec engines pull \(name)"
  }

  /// Folder that `engines pull` fills: `$XDG_DATA_HOME/imgrec/engines/NAME`, else below `~/.local/share`.
  public func folder(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    Self.root(environment: environment) + "/" + name
  }

  static func root(environment: [String: String]) -> String {
    (UserDirectories.data(environment: environment) ?? NSHomeDirectory() + "/.local/share/imgrec") + "/engines"
  }

  /// The files to try, in this order: those of the variable and no others if it is set; those of `engines pull`; those
  /// of the system.
  public func candidates(environment: [String: String] = ProcessInfo.processInfo.environment) throws(SetupError)
    -> [String]
  {
    if let named = environment[variable], !named.isEmpty {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: named, isDirectory: &isFolder) else {
        throw SetupError("\(variable): \(named) does not exist")
      }
      guard isFolder.boolValue else { return [named] }
      let found = libraries(in: named)
      guard !found.isEmpty else { throw SetupError("\(variable): no \(stem)so in \(named)") }
      return found
    }
    let paths = (environment["LD_LIBRARY_PATH"] ?? "").split(separator: ":").map(String.init)
    let system = [
      "/usr/local/lib", "/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
      "/opt/intel/openvino", "/opt/homebrew/lib",
    ]
    let fetched = (supersets + [name]).map { Self.root(environment: environment) + "/" + $0 }
    return (fetched + paths + system).flatMap { libraries(in: $0) }
  }

  /// The library's files in a folder or in the folders below it that packages use, the shortest name first, as linkers
  /// choose it.
  public func libraries(in folder: String) -> [String] {
    for directory in [folder, "\(folder)/lib", "\(folder)/libs", "\(folder)/capi", "\(folder)/runtime/lib/intel64"] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      let fitting = names.filter { name in
        name.hasPrefix(stem) && [".so", ".dylib"].contains { name.contains($0) } && !name.hasSuffix("-gdb.py")
      }
      if !fitting.isEmpty { return fitting.sorted { ($0.count, $0) < ($1.count, $1) }.map { "\(directory)/\($0)" } }
    }
    return []
  }

  /// Opens the first candidate that opens.
  ///
  /// Throws `SetupError`, naming the files that were tried and the command that fetches the library, if none does.
  func open<Library: OpenedLibrary>() throws(SetupError) -> Library {
    var complaints: [String] = []
    for candidate in try candidates() {
      do throws(SetupError) { return try Library(path: candidate) } catch {
        complaints.append("\(candidate): \(error.description)")
      }
    }
    guard complaints.isEmpty else {
      throw SetupError("\(title) does not open: " + complaints.joined(separator: "; "))
    }
    throw SetupError("\(title) not found; run `imgrec engines pull \(name)`")
  }
}
