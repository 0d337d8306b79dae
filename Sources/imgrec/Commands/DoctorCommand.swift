import ArgumentParser
import Codecs
import Foundation
import ModelLibrary
import Platform
import Recognition
import Sidecars

/// `imgrec doctor`: prints the machine's resources, and the engines and workers that scan would choose on it.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Report cores, memory, engines and models.")

  /// What networks compute in on this processor.
  private static func text(of bf16: ProcessorInfo.BF16) -> String {
    switch bf16 {
    case .fast: "bf16"
    case .slow: "bf16 is no faster than f32, in which networks compute"
    case .absent: "no bf16, networks compute in f32"
    }
  }

  /// Where libraries decode.
  private static func decoders() -> String {
    guard let executable = DecodeLimits().isolated.decoderExecutable else {
      return "in the process itself (IMGREC_ISOLATION=off)"
    }
    guard let restrictions = DecoderService.restrictions(executable: executable) else {
      return "no process can be started: set IMGREC_ISOLATION=off"
    }
    return "in processes of their own: " + (restrictions.isEmpty ? "limits only" : restrictions.joined(separator: ", "))
  }

  /// The devices besides the processor: their names, or why none is usable.
  private static func devices() -> [String] {
    ComputeDevice.allCases.filter { $0 != .cpu }.flatMap { device in
      EngineRegistry.providers.filter { $0.kind.devices.contains(device) }.map { provider in
        let start = "device \(device.rawValue)".padding(toLength: 13, withPad: " ", startingAt: 0)
        do throws(SetupError) {
          let opened = try provider.openDevice(device)
          return start + "\(opened.names.joined(separator: ", ")) by \(provider.kind.rawValue) \(opened.version)"
        } catch {
          // The second line names what to do about it.
          return start + "not available: " + error.description.split(separator: "\n").joined(separator: ". ")
        }
      }
    }
  }

  func run() throws {
    try ExitStatus.report {
      let store = try ModelStore.standard()
      var lines = [
        "imgrec       \(Imgrec.version)",
        "cores        \(HostInfo.cores) usable of \(ProcessInfo.processInfo.processorCount)",
        "processor    \(ProcessorInfo.current.name): "
          + Self.text(of: ProcessorInfo.current.bf16),
        "memory       \(ProcessInfo.processInfo.physicalMemory >> 20) MiB",
      ]
      lines.append("decoders     \(Self.decoders())")
      lines.append("formats      \(DecoderLibraries.available.map(\.rawValue).joined(separator: ", "))")
      lines += DecoderLibraries.missing.map { "             \($0)" }
      lines.append("sidecars     \(XMPLibrary.problem ?? "XMP by libexempi")")
      for kind in EngineKind.allCases { lines.append(EnginesCommand.Entry(kind).line) }
      lines += Self.devices()
      lines.append("models       \(store.directory)")
      let assembly = Assembly(store: store, pulls: false)
      for task in TaskKind.allCases {
        let card = try store.zoo.card(named: task.defaultModel)
        let name = task.rawValue.padding(toLength: 13, withPad: " ", startingAt: 0)
        guard store.presence(of: card) == .here else {
          lines.append(name + "\(card.name) is not installed: imgrec models pull \(card.name)")
          continue
        }
        do {
          let model = try store.load(card)
          let selection = try assembly.selection(for: card, reference: model.reference, engine: nil, precision: nil)
          let workers = Assembly.Workers(
            tuned: Tuning.key(model, selection.use), memory: PipelineOptions.defaultMemory
          ).limited(for: card)
          lines.append(
            name + "\(model.reference) on \(selection.use.name): \(workers.decoders) decoders, \(workers.instances) "
              + "instances of \(workers.threads) threads" + (workers.isTuned ? " (imgrec bench --save)" : ""))
          if !selection.reason.text.isEmpty { lines.append("             " + selection.reason.text) }
        } catch {
          lines.append(name + "\(card.name): \(error)")
        }
      }
      Console.out(lines.joined(separator: "\n"))
      return .done
    }
  }
}
