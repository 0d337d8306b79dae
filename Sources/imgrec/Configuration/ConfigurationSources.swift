import Foundation
import Platform

/// Where settings come from: files, and a profile in them.
struct ConfigurationSources {
  /// Is read in place of the others.
  var file: RawPath?
  /// Whether no file is read.
  var isOff = false
  var profile: String?

  /// Name of the file in the folder of settings and in the working folder.
  static let fileName = "imgrec.toml"

  /// The values of the options, or else of the variables IMGREC_CONFIG and IMGREC_PROFILE.
  init(
    profile: String? = nil, file: String? = nil, isOff: Bool = false,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    self.profile = profile ?? variable("IMGREC_PROFILE")
    self.file = file.map { RawArguments().path($0) } ?? variable("IMGREC_CONFIG").map { RawPath($0) }
    self.isOff = isOff
  }

  /// Takes `--config`, `--profile` and `--no-config` out of the arguments, wherever they are before `--`.
  init(
    taking arguments: inout [String], environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(SetupError) {
    self.init(environment: environment)
    var rest: [String] = []
    var index = 0
    while index < arguments.count, arguments[index] != "--" {
      let argument = arguments[index]
      index += 1
      if argument == "--no-config" {
        isOff = true
        continue
      }
      guard let name = ["--config", "--profile"].first(where: { argument == $0 || argument.hasPrefix($0 + "=") }) else {
        rest.append(argument)
        continue
      }
      var value = argument.dropFirst(name.count + 1).description
      if argument == name {
        guard index < arguments.count, !arguments[index].hasPrefix("-") else {
          throw .usage(
            "\(name) needs a value",
            name == "--config"
              ? "--config <file>: \(Self.fileName), for example" : "--profile <name>: [profile.NAME] of the file")
        }
        value = arguments[index]
        index += 1
      }
      if name == "--config" { file = RawArguments().path(value) } else { profile = value }
    }
    arguments = rest + arguments[index...]
  }

  /// The files that exist, the strongest last.
  func files() throws(SetupError) -> [ConfigurationFile] {
    if isOff { return [] }
    if let file { return [try ConfigurationFile(file)] }
    var files: [ConfigurationFile] = []
    for path in Self.searched {
      var status = stat()
      guard path.withCString({ stat($0, &status) }) == 0 else { continue }
      if let reason = Self.distrust(status) {
        Console.note("\(path) is not read, because \(reason); to use it: --config \(path)")
        continue
      }
      files.append(try ConfigurationFile(path))
    }
    return files
  }

  /// The paths that are searched, the strongest last.
  static var searched: [RawPath] {
    [UserDirectories.config().map { RawPath("\($0)/\(fileName)") }, RawPath(fileName)].compactMap { $0 }
  }

  /// Why a file that was found, and not named, is not trusted: another user could have put it into a shared folder.
  private static func distrust(_ status: stat) -> String? {
    if status.st_mode & S_IFMT != S_IFREG { return "it is no file" }
    if status.st_uid != geteuid(), status.st_uid != 0 { return "it belongs to another user" }
    return status.st_mode & 0o002 != 0 ? "every user can write it" : nil
  }
}
