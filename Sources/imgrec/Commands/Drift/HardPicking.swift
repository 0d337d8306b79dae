import ModelLibrary
import Outputs
import Platform
import Recognition
import Records

/// Picks the images of a run that are worth labelling, and collects them in a folder.
struct HardPicking {
  private var folder: HardFolder
  private let count: Int
  private let proposals: ProposalFormat?
  private let originals: RecordImages
  private var candidates: HardCandidates?

  init(folder: HardFolder, count: Int, proposals: ProposalFormat?, originals: RecordImages) {
    self.folder = folder
    self.count = count
    self.proposals = proposals
    self.originals = originals
  }

  /// Begins with the baseline read.
  mutating func begin(_ baseline: DriftProfile) { candidates = HardCandidates(count, baseline: baseline) }

  /// Takes a record of the run.
  mutating func add(_ record: StoredRecord, _ json: UnsafeBufferPointer<UInt8>) { candidates?.add(record, json) }

  /// Fills the folder.
  mutating func finish(_ now: DriftProfile, quiet: Bool) throws(SetupError) {
    guard let candidates else { return }
    var distinct = DistinctImages()
    var missing: (number: Int, first: String) = (0, "")
    var found: [(image: HardImage, record: StoredRecord)] = []
    _ = candidates.picks(now) { image in
      // It was read before.
      guard let record = try? image.json.withUnsafeBufferPointer({ try StoredRecord($0) }) else { return false }
      if let problem = originals.problem(of: originals.path(of: record)) {
        if missing.number == 0 { missing.first = "\(record.path): \(problem)" }
        missing.number += 1
        return false
      }
      guard distinct.add(record) else { return false }
      found.append((image, record))
      return true
    }
    if found.isEmpty, missing.number > 0 {
      throw SetupError(
        "--hard: \(missing.first)\nNone of the images was found; name the folder where scan ran: --root DIR")
    }
    for reason in HardReason.allCases {
      for entry in found where entry.image.reason == reason {
        do throws(FileError) {
          try folder.add(entry.image, entry.record, at: originals.path(of: entry.record))
        } catch { throw SetupError("cannot file \(entry.record.path): \(error)") }
      }
    }
    try folder.finish(proposals, labels: proposals == nil ? [] : labels(of: found.map(\.record)))
    guard !quiet else { return }
    if missing.number > 0 {
      Console.note("\(SummaryLine.counted(missing.number, "image")) passed over that cannot be read: \(missing.first)")
    }
    if proposals != nil, folder.objects == 0 {
      Console.note("the records have no objects with a box: the labels that were found are in picked.csv")
    }
    let parts = HardReason.allCases.map { reason in
      "\(SummaryLine.count(found.count { $0.image.reason == reason })) \(reason.rawValue)"
    }
    Console.message(
      "\(SummaryLine.counted(found.count, "image")) to label in \(folder.folder): \(parts.joined(separator: ", "))\n")
  }

  /// The labels of the models of the tasks that find objects, in the order of their classes.
  private func labels(of records: [StoredRecord]) -> [ModelLabels] {
    let store = try? ModelStore.standard()
    return TaskKind.allCases.compactMap { task in
      switch task.findingsKind {
      case .detections, .segments: break
      case .labels, .embedding, .measures, .codes, .upscaled: return nil
      }
      let model = records.lazy.compactMap { $0.models[task.rawValue] }.first
      let card = model?.split(separator: "@").first.flatMap { try? store?.zoo.card(named: String($0)) }
      if let card, let labels = try? store?.load(card).labels, !labels.isEmpty {
        return ModelLabels(task: task, names: labels)
      }
      let names = seenLabels(of: task, records)
      return names.isEmpty ? nil : ModelLabels(task: task, names: names)
    }
  }

  /// The labels of a model that is not stored, at the indices of their classes; a class that was not found has its number.
  private func seenLabels(of task: TaskKind, _ records: [StoredRecord]) -> [String] {
    let maxClasses = 10_000
    var names: [String] = []
    for object in records.flatMap({ $0.findings(task)?.objects ?? [] }) {
      guard let id = object.id, id < maxClasses, let name = object.name else { continue }
      while names.count <= id { names.append("\(names.count)") }
      names[id] = name
    }
    return names
  }
}
