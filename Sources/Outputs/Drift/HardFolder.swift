import Platform
import Recognition
import Records

/// Formats of the objects that were found, for labelling tools.
public enum ProposalFormat: String, Sendable, CaseIterable {
  case coco, yolo, voc

  fileprivate var format: OutputFormat {
    switch self {
    case .coco: .coco
    case .yolo: .yolo
    case .voc: .voc
    }
  }
}

/// A new folder of images to label: `images` with a link or a copy of each, `picked.jsonl` with their records,
/// `picked.csv` with the reasons and the labels that were found, and the objects in the form of a labelling tool.
public struct HardFolder {
  public let folder: RawPath
  private var images: FiledImages
  /// Names that are used in `images`, without endings and in small letters: annotations have the name of their image,
  /// and some file systems take capital letters for the same.
  private var stems: Set<[UInt8]> = [Array("classes".utf8)]
  private var records = ByteWriter()
  private var table = ByteWriter()
  private var outcomes: [Outcome] = []

  private static let columns = ["path", "file", "why", "value", "detail", "task", "label", "score"]
  private static let imageFolder = "images"

  /// Throws if `folder` is there and has anything in it.
  public init(_ folder: RawPath, link: FilingForm) throws(SetupError) {
    self.folder = folder
    images = FiledImages(link)
    let links = [Array(".".utf8), Array("..".utf8)]
    if FileSystem.names(in: folder).contains(where: { !links.contains($0) }) {
      throw SetupError("--hard: \(folder) has files in it\nName a new folder for the images.")
    }
    try FolderTrial.check(folder, option: "--hard")
    table.append(Self.columns.joined(separator: ",") + "\r\n")
  }

  /// Files the image at `source`, an absolute path.
  public mutating func add(_ image: HardImage, _ record: StoredRecord, at source: RawPath) throws(FileError) {
    let result = try images.file(source, in: folder.appending(Self.imageFolder.utf8), as: name(for: source))
    let entry =
      switch result {
      case .filed(let entry), .present(let entry): entry
      }
    let relative = RawPath(Array(Self.imageFolder.utf8) + [UInt8(ascii: "/")] + entry.lastComponent)
    write(image, relative)
    write(image, record, relative)
    var facts = ImageFacts()
    facts.size = record.size
    let answers = record.answers.map { answer in
      Answer(task: answer.task, model: record.models[answer.task.rawValue] ?? "", findings: answer.findings)
    }
    var outcome = Outcome(index: outcomes.count, path: relative, result: .success(answers))
    outcome.facts = facts
    outcomes.append(outcome)
  }

  /// Writes the lists, and the objects that were found. `labels` are those of the models, in the order of their classes.
  public func finish(_ proposals: ProposalFormat?, labels: [ModelLabels]) throws(SetupError) {
    do throws(FileError) {
      for (name, bytes) in [("picked.jsonl", records.bytes), ("picked.csv", table.bytes)] {
        let file = try AtomicFile(folder.appending(name.utf8), makesFolders: true)
        try file.write(bytes)
        _ = try file.commit(.error)
      }
    } catch { throw SetupError("cannot write \(error)") }
    guard let proposals else { return }
    let sink = try sink(proposals, labels)
    do throws(SinkError) {
      for outcome in outcomes { try sink.write(outcome) }
      try sink.finish()
    } catch {
      switch error {
      case .failed(let message): throw SetupError(message)
      case .item(let failure): throw SetupError("\(folder): \(failure.message)")
      case .closedPipe: break
      }
    }
  }

  /// Number of objects that proposals hold.
  public var objects: Int {
    outcomes.reduce(0) { $0 + $1.answers.reduce(0) { $0 + $1.findings.objects.count } }
  }

  private func sink(_ proposals: ProposalFormat, _ labels: [ModelLabels]) throws(SetupError) -> any Sink {
    func path(_ name: String) -> RawPath { folder.appending(name.utf8) }
    let output: ByteOutput
    var target = ""
    switch proposals {
    case .coco:
      var files = OutputFiles(inputs: InputFiles(), overwrites: nil)
      output = ByteOutput(try files.open(path("annotations.json"), flag: "--hard", kind: .records))
    case .yolo, .voc:
      output = ByteOutput()
      target = path(proposals == .yolo ? "labels" : "annotations").description
    }
    // Paths begin with the folder of the images; the tree below it is that of the annotations.
    return try proposals.format.makeSink(
      SinkContext(
        output: output, folder: target, tree: InputTree(roots: [RawPath(Self.imageFolder)]), namesAreDistinct: true,
        labels: labels))
  }

  /// A name that no other image has, also without its ending.
  private mutating func name(for source: RawPath) -> RawPath {
    let plain = RawPath(source.lastComponent)
    var number = 0
    while true {
      let name = number == 0 ? plain : AtomicFile.numbered(plain, number)
      let stem = name.stem.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
      if stems.insert(stem).inserted { return name }
      number += 1
    }
  }

  /// The record with one more key.
  private mutating func write(_ image: HardImage, _ file: RawPath) {
    var json = JSONWriter()
    json.beginObject()
    json.key("why")
    json.string(image.reason.rawValue)
    json.key("value")
    json.number(image.value, decimals: 4)
    json.key("detail")
    json.string(image.detail)
    json.key("file")
    json.string(repairing: file.bytes)
    json.endObject()
    // A record has keys before it.
    records.append(image.json.dropLast())
    records.append(",\"picked\":")
    records.append(json.out.bytes)
    records.append("}\n")
  }

  /// A row for each label that was found, at least one.
  private mutating func write(_ image: HardImage, _ record: StoredRecord, _ file: RawPath) {
    var rows: [(task: String, label: String, score: String)] = []
    for answer in record.answers where answer.task.isLabelled {
      if case .labels(let labels) = answer.findings {
        rows += labels.map { (answer.task.rawValue, $0.label, fixed(Double($0.score), 4)) }
      } else {
        rows += answer.findings.objects.map { (answer.task.rawValue, $0.name ?? "", fixed(Double($0.score), 4)) }
      }
    }
    if rows.isEmpty { rows.append(("", "", "")) }
    for row in rows {
      let cells = [
        record.path.description, file.description, image.reason.rawValue, fixed(image.value, 4), image.detail, row.task,
        row.label, row.score,
      ]
      for (index, cell) in cells.enumerated() {
        if index > 0 { table.append(UInt8(ascii: ",")) }
        CSVCell.append(cell, to: &table)
      }
      table.append("\r\n")
    }
  }
}
