import Platform
import Recognition
import Records

/// What the page's script reads: columns of all images, and a line for each image, which it reads when it shows it.
struct PageData {
  /// JSON.
  let columns: [UInt8]
  /// JSON of each image, one after another: what is drawn over its picture and what its view lists.
  private let lines: [UInt8]
  /// Where each line ends.
  private let ends: [Int]

  /// Number of lines in one script element.
  static let linesPerChunk = 128

  init(_ data: ReportData, facets: [Facet], groups: [[Int]], links: inout PageLinks) {
    var json = JSONWriter()
    json.beginObject()
    json.key("count")
    json.number(data.images.count)
    json.key("chunk")
    json.number(Self.linesPerChunk)
    json.key("tasks")
    json.array(TaskKind.allCases.map(\.rawValue))
    json.key("best")
    json.array(TaskKind.allCases.map { $0.countsBestOnly ? 1 : 0 })
    Self.write(data.labels.values, to: &json)
    for (key, values) in [
      ("statuses", data.statuses.values), ("formats", data.formats.values), ("cameras", data.cameras.values),
    ] {
      json.key(key)
      json.array(values)
    }
    json.key("runs")
    json.beginArray()
    for run in data.models.values { json.array(run) }
    json.endArray()
    json.key("facets")
    json.beginArray()
    for facet in facets {
      json.beginObject()
      json.key("key")
      json.string(facet.key)
      json.key("kind")
      json.string(facet.kind.rawValue)
      json.key("values")
      json.array(facet.values.map(\.number))
      json.endObject()
    }
    json.endArray()
    Self.writeColumns(of: data, groups: groups, to: &json)
    Self.writePaths(of: data, &links, to: &json)
    json.endObject()
    var text = ScriptText()
    text.append(json: json.out.bytes)
    columns = text.out.bytes
    text.removeAll()
    var ends: [Int] = []
    for image in data.images {
      json.removeAll()
      Self.writeLine(image, data.baseline, to: &json)
      text.append(json: json.out.bytes)
      ends.append(text.out.bytes.count)
    }
    lines = text.out.bytes
    self.ends = ends
  }

  /// The line of an image.
  func line(_ number: Int) -> ArraySlice<UInt8> { lines[(number == 0 ? 0 : ends[number - 1])..<ends[number]] }

  /// Bytes of all lines.
  var lineBytes: Int { lines.count }

  private static func write(_ labels: [LabelOfTask], to json: inout JSONWriter) {
    let tasks = Dictionary(uniqueKeysWithValues: TaskKind.allCases.enumerated().map { ($1, $0) })
    json.key("labels")
    json.beginArray()
    for label in labels {
      json.beginArray()
      json.number(tasks[label.task]!)
      json.string(label.label ?? "")
      json.number(label.colour)
      json.endArray()
    }
    json.endArray()
  }

  private static func writeColumns(of data: ReportData, groups: [[Int]], to json: inout JSONWriter) {
    let images = data.images
    func column(_ key: String, _ value: (ReportImage) -> Int) {
      json.key(key)
      json.array(images.lazy.map(value))
    }
    /// A column that is left out if no image has a value.
    func sparse(_ key: String, unless none: Int, _ value: (ReportImage) -> Int) {
      if images.contains(where: { value($0) != none }) { column(key, value) }
    }
    column("status", \.status)
    sparse("format", unless: -1, \.format)
    sparse("camera", unless: -1, \.camera)
    sparse("models", unless: -1, \.models)
    sparse("taken", unless: 0, \.taken)
    sparse("found", unless: 0, Facet.Found.bits)
    column("width") { $0.size?.width ?? 0 }
    column("height") { $0.size?.height ?? 0 }
    column("bytes") { $0.bytes ?? -1 }
    sparse("page", unless: 0) { $0.page ?? 0 }
    if data.baseline != nil { column("change") { data.change(of: $0)?.rawValue ?? 0 } }
    if !groups.isEmpty {
      var numbers = [Int](repeating: -1, count: images.count)
      for (number, members) in groups.enumerated() { for member in members { numbers[member] = number } }
      json.key("group")
      json.array(numbers)
    }
    column("findings") { $0.findings.reduce(0) { $0 + $1.rows.count } }
    json.key("label")
    json.array(images.lazy.flatMap { $0.findings.lazy.flatMap { $0.rows.lazy.map { Int($0.label) } } })
    json.key("score")
    json.array(images.lazy.flatMap { $0.findings.lazy.flatMap { $0.rows.lazy.map { Int($0.score) } } })
    json.key("texts")
    json.beginObject()
    for (number, image) in images.enumerated() where image.findings.contains(where: { !$0.texts.isEmpty }) {
      json.key("\(number)")
      json.array(
        image.findings.flatMap { $0.texts.isEmpty ? [String](repeating: "", count: $0.rows.count) : $0.texts })
    }
    json.endObject()
  }

  private static func writePaths(of data: ReportData, _ links: inout PageLinks, to json: inout JSONWriter) {
    var folders = Interner<[UInt8]>()
    var urls: [String] = []
    var numbers: [Int] = []
    json.key("names")
    json.beginArray()
    for image in data.images {
      let name = image.path.lastComponent
      json.string(repairing: Array(name))
      let number = folders.number(of: Array(image.path.bytes.dropLast(name.count)))
      if number == urls.count { urls.append(links.folder(of: image.path)) }
      numbers.append(number)
    }
    json.endArray()
    json.key("folder")
    json.array(numbers)
    json.key("folders")
    json.beginArray()
    for (folder, url) in zip(folders.values, urls) {
      json.beginArray()
      json.string(repairing: folder)
      json.string(url)
      json.endArray()
    }
    json.endArray()
    // A script encodes the characters of a name, which are not its bytes where they are not UTF-8.
    json.key("odd")
    json.beginObject()
    for (number, image) in data.images.enumerated() where !image.path.isUTF8 {
      json.key("\(number)")
      json.string(PageLinks.encoded(image.path.lastComponent))
    }
    json.endObject()
  }

  private static func writeLine(_ image: ReportImage, _ baseline: Baseline?, to json: inout JSONWriter) {
    json.beginObject()
    let forms = image.findings.map(\.forms).filter { !$0.isEmpty }
    if forms.contains(where: { $0.contains { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: ",") } }) {
      json.key("g")
      json.verbatim([UInt8(ascii: "[")] + forms.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")])
    }
    if image.timings != Timings() {
      json.key("t")
      json.beginArray()
      for value in [image.timings.read, image.timings.decode, image.timings.wait, image.timings.infer] {
        json.number(value, decimals: 1)
      }
      json.endArray()
    }
    if !image.warnings.isEmpty {
      json.key("w")
      json.array(image.warnings.prefix(20))
    }
    if let failure = image.failure {
      json.key("e")
      json.string([failure.stage, failure.message].filter { !$0.isEmpty }.joined(separator: ": "))
    }
    for findings in image.findings where !findings.measures.isEmpty {
      json.key("q")
      json.verbatim(findings.measures)
    }
    if let before = baseline?.answers[ReportImage.key(image.path, page: image.page)],
      image.answer.differs(from: before)
    {
      json.key("b")
      json.string(before.text)
    }
    json.endObject()
  }
}
