import EngineSupport
import Foundation
import ModelFiles
import ModelLibrary
import Platform
import Recognition

/// Opens a network of unknown origin in a process of its own first, once for each file and engine: importers crash on
/// some damaged files.
enum NetworkTrial {
  /// The argument that starts the executable for a trial; the path of the request follows.
  static let argument = "--try-network"

  /// Seconds after which a trial has failed.
  private static let timeout: UInt32 = 120

  private struct Request: Codable {
    var model: LoadedModel
    /// Raw values of the engine, the precision and the device.
    var engine: String
    var precision: String
    var device: String
    var instances: Int
    var threads: Int
    /// What the trial compiles is used by the run.
    var cacheDirectory: String?
  }

  /// Returns if the network is the zoo's, was tried before, or can be opened or refused without a crash.
  static func check(_ model: LoadedModel, on provider: EngineProvider, _ options: EngineOptions, zoo: ModelZoo)
    throws(SetupError)
  {
    let pinned = zoo.cards.contains { card in card.files.contains { $0.sha256 == model.digest } }
    guard !pinned, Isolation.isOn else { return }
    let marker = try marker(model, provider, options)
    if let marker, FileSystem.size(marker) != nil { return }
    if model.card.format == .onnx, let path = model.path(.network), let name = ONNXModel.missingName(path) {
      throw SetupError("\(model.networkName) is damaged: a node reads '\(name)', which nothing in the network gives")
    }
    let folder = "\(NSTemporaryDirectory())/imgrec-trial-\(UUID().uuidString)"
    let request = Request(
      model: model, engine: provider.kind.rawValue, precision: options.precision.rawValue,
      device: options.device.rawValue, instances: options.instances, threads: options.threads,
      cacheDirectory: options.cacheDirectory)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      try JSONEncoder().encode(request).write(to: URL(fileURLWithPath: "\(folder)/request"))
    } catch {
      throw SetupError("\(folder) cannot be written: \(error.localizedDescription); set TMPDIR to another folder")
    }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let executable =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: HostInfo.executable)) ?? HostInfo.executable
    // glibc fills memory with this byte, so that a read of what was never written fails here and not in the run.
    let result = try Subprocess.run(
      executable, [argument, "\(folder)/request"], in: folder,
      environment: ["SWIFT_BACKTRACE": "enable=no", "MALLOC_PERTURB_": "165"])
    guard result.status < 128 else {
      let others = model.card.engines.filter { $0 != provider.kind }.map(\.rawValue).joined(separator: " or ")
      let cause =
        result.status == 128 + SIGALRM
        ? "does not open it within \(timeout) s" : "crashes when it opens it (signal \(result.status - 128))"
      throw SetupError(
        "\(model.networkName): \(provider.kind.rawValue) \(cause): the file is damaged, or of a kind that it does not read"
          + (others.isEmpty ? "" : "; try --engine \(others)"))
    }
    // What fails without a crash fails again, with its message.
    if result.status == 0, let marker { _ = FileManager.default.createFile(atPath: marker, contents: nil) }
  }

  /// The file that records a trial without a crash; nil if there is no folder for it.
  private static func marker(_ model: LoadedModel, _ provider: EngineProvider, _ options: EngineOptions)
    throws(SetupError) -> String?
  {
    guard let directory = UserDirectories.cache() else { return nil }
    let version = try provider.open(on: options.device).version
    return CompiledNetworkCache.file(
      in: "\(directory)/tried", model,
      options: [Imgrec.version, provider.kind.rawValue, options.precision.rawValue, options.device.rawValue],
      library: version, processor: "",
      ending: "tried")
  }

  /// Opens the network of the request in `file`; the status of the process.
  static func run(_ file: String) -> Int32 {
    alarm(timeout)
    guard let data = FileManager.default.contents(atPath: file),
      let request = try? JSONDecoder().decode(Request.self, from: data),
      let engine = EngineKind(rawValue: request.engine), let precision = Precision(rawValue: request.precision),
      let device = ComputeDevice(rawValue: request.device)
    else { return 2 }
    let options = EngineOptions(
      instances: request.instances, threads: request.threads, precision: precision, device: device,
      cacheDirectory: request.cacheDirectory)
    let engines = try? EngineRegistry.provider(engine).makeInstances(request.model, options)
    return engines == nil ? 1 : 0
  }
}
