import ArgumentParser
import EngineSupport
import Foundation
import ModelLibrary
import Platform
import Recognition

extension ModelsCommand {
  /// Makes the INT8 network of a model, and measures what it costs.
  struct Quantise: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a network in 8-bit integers from your images, and measure its accuracy.",
      usage: "imgrec models quantise [<options>] <name> --images <dir>",
      discussion: """
        Four of five images calibrate (up to --calibrate of them), every fifth is held out: on these the answers are \
        compared with those in f32, and with the right ones if folders are named like labels or --labels-from names \
        a list. The network is stored beside the one in f32, for imgrec scan --precision int8.

        python3 and its pip are required. The quantiser's packages, 60 MB, are fetched once, into an environment of \
        imgrec's own in the folder of caches.

        Examples:
          imgrec models quantise efficientnet_lite0 --images photos
          imgrec models quantise efficientnet_lite0 --images photos --labels-from labels.csv --force
        """)

    @Argument(help: "A name from the list, or the file of your own network.", completion: .models())
    var name: String

    @Option(
      help: .init("Folder of images of the kind that the network will see, some hundred of them.", valueName: "dir"),
      completion: .directory)
    var images: String

    @Option(
      help: .init("Number of images that calibrate (default: 100).", valueName: "n"), transform: ArgumentParsing.count)
    var calibrate = 100

    @Option(
      help: .init(
        "CSV file of the right classes: path,label in each line, paths as in the folder of --images.", valueName: "file"
      ),
      completion: .file())
    var labelsFrom: String?

    @Flag(help: "Replace an int8 network that exists.") var force = false
    @Flag(help: "Print the accuracy as one JSON object.") var json = false

    func run() throws {
      try ExitStatus.report {
        let store = try ModelStore.standard()
        var model = try store.load(name)
        // The quantiser runs the file as it is, which may take one shape only.
        model.card.input = model.card.input.untrimmed
        let target = try target(of: model)
        let truth =
          try labelsFrom.map { file throws(SetupError) in
            try ClassTruth(file: file, folder: images, labels: model.labels)
          } ?? ClassTruth(labels: model.labels)
        let sample = try QuantisationSample(folder: images, calibrating: calibrate)
        guard let cache = UserDirectories.cache() else {
          throw SetupError("no home directory to keep the quantiser in; set XDG_CACHE_HOME")
        }
        let python = try PythonEnvironment(cache: cache).interpreter { event in
          switch event {
          case .waiting: Console.note("waiting for another imgrec process that fetches the quantiser")
          case .fetching(let packages): Console.note("fetching \(packages), once")
          case .received, .ready: break
          }
        }
        let scratch = "\(NSTemporaryDirectory())/imgrec-quantise-\(UUID().uuidString)"
        defer { FileSystem.remove(scratch) }
        let run = QuantisationRun(model: model, assembly: Assembly(store: store, pulls: false), sample: sample)
        let made = try run.quantise(python: python, scratch: scratch)
        Console.note("comparing \(sample.heldOut.count) images that did not calibrate")
        let report = try run.compare(try model.quantised(by: made.file), calibrated: made.count, truth: truth)
        let bytes = try FileSystem.contents(made.file)
        try Self.store([UInt8](bytes), at: target, replaces: force)
        if json {
          Console.json(report.json(path: target, bytes: bytes.count))
        } else {
          Console.out(report.text(path: target, bytes: bytes.count))
        }
        if let warning = report.warning { Console.note(warning) }
        return .done
      }
    }

    /// The path of the new network, which is free or may be replaced, in a folder that can be written.
    private func target(of model: LoadedModel) throws(SetupError) -> String {
      let card = model.card
      guard card.step == nil else {
        throw SetupError(
          "\(card.name) runs after another model, whose crops it needs\nQuantise a model that sees whole images: imgrec models list"
        )
      }
      guard card.task != .upscale else {
        throw SetupError(
          "\(card.name) upscales, and is not quantised\nUse --precision bf16 where the processor has it.")
      }
      guard card.engines.contains(where: { $0 != .opencv }) else {
        throw SetupError(
          "\(card.name) runs on OpenCV alone, which does not compute in int8\nQuantise a model of OpenVINO or ONNX Runtime: imgrec models list"
        )
      }
      let target = try model.quantisedPath()
      guard force || FileSystem.size(target) == nil else {
        throw SetupError(
          "\(card.name) has an int8 network: \(target)\nAdd --force to replace it, or use it: imgrec scan -m \(name) --precision int8"
        )
      }
      do { try WriteTrial.check(folder: RawPath(target).parent) } catch {
        throw SetupError("the network cannot be stored: \(error)\nSet IMGREC_MODELS to a folder that can be written.")
      }
      return target
    }

    /// Writes the network all or nothing; with `replaces` over an earlier one.
    private static func store(_ bytes: [UInt8], at target: String, replaces: Bool) throws(SetupError) {
      if replaces { return try AtomicFile.write(bytes, to: RawPath(target)) }
      do throws(FileError) {
        let file = try AtomicFile(RawPath(target))
        try file.write(bytes)
        _ = try file.commit(.error)
      } catch {
        throw SetupError("\(error)")
      }
    }
  }
}
