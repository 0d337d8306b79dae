import Recognition

/// A property by which images are counted and selected.
struct Facet: Sendable {
  /// Where the page finds the values of an image.
  enum Kind: String, Sendable {
    /// Numbers of labels.
    case labels
    case status, format, camera, month, found, change
  }

  struct Value: Sendable, Equatable {
    var name: String
    /// What the page compares: a number of a table, a month such as 202405, or a bit.
    var number: Int
    /// Images that have it.
    var count: Int
  }

  /// Its name in the page's address.
  var key: String
  var title: String
  var kind: Kind
  /// The most frequent first; months in their order.
  var values: [Value]

  /// What was found, as bits, with the words for it.
  enum Found: Int, CaseIterable, Sendable {
    case faces, severalFaces, text, codes, plates

    var name: String {
      switch self {
      case .faces: "faces"
      case .severalFaces: "several faces"
      case .text: "text"
      case .codes: "codes"
      case .plates: "plates"
      }
    }

    /// The bits of an image.
    static func bits(of image: ReportImage) -> Int {
      var bits = 0
      func set(_ found: Found) { bits |= 1 << found.rawValue }
      for findings in image.findings where !findings.rows.isEmpty {
        switch findings.task {
        case .faces:
          set(.faces)
          if findings.rows.count > 1 { set(.severalFaces) }
        case .text: set(.text)
        case .codes: set(.codes)
        case .plates: set(.plates)
        case .classify, .detect, .nsfw, .segment, .embed, .rotation, .quality, .upscale: break
        }
      }
      return bits
    }
  }

  /// Relation of an image to the run that it is compared to.
  enum Change: Int, CaseIterable, Sendable {
    case same, changed, new

    var name: String {
      switch self {
      case .same: "same answer"
      case .changed: "answer changed"
      case .new: "not in the baseline"
      }
    }
  }
}

extension ReportData {
  /// The facets that divide the images, with counts.
  func facets() -> [Facet] {
    var labelled = [Int](repeating: 0, count: labels.values.count)
    var (statusCounts, formatCounts, cameraCounts) = (
      [Int](repeating: 0, count: statuses.values.count), [Int](repeating: 0, count: formats.values.count),
      [Int](repeating: 0, count: cameras.values.count)
    )
    var months: [Int: Int] = [:]
    var found = [Int](repeating: 0, count: Facet.Found.allCases.count)
    var changes = [Int](repeating: 0, count: Facet.Change.allCases.count)
    for image in images {
      statusCounts[image.status] += 1
      if image.format >= 0 { formatCounts[image.format] += 1 }
      if image.camera >= 0 { cameraCounts[image.camera] += 1 }
      if image.taken > 0 { months[image.taken / 100_000_000, default: 0] += 1 }
      let bits = Facet.Found.bits(of: image)
      for number in found.indices where bits >> number & 1 == 1 { found[number] += 1 }
      if let change = change(of: image) { changes[change.rawValue] += 1 }
      for label in Set(image.findings.flatMap { $0.counted.map(\.label) }) { labelled[Int(label)] += 1 }
    }
    func table(_ key: String, _ title: String, _ kind: Facet.Kind, _ names: [String], _ counts: [Int]) -> Facet {
      let values = zip(names, counts).enumerated().map { Facet.Value(name: $1.0, number: $0, count: $1.1) }
      return Facet(
        key: key, title: title, kind: kind,
        values: values.filter { $0.count > 0 }.sorted { ($1.count, $0.name) < ($0.count, $1.name) })
    }
    var facets = [table("status", "Status", .status, statuses.values, statusCounts)]
    if baseline != nil {
      facets.append(table("change", "Compared", .change, Facet.Change.allCases.map(\.name), changes))
    }
    for task in TaskKind.allCases where task.labelTitle != nil {
      let values = labels.values.enumerated().compactMap { number, label -> Facet.Value? in
        guard label.task == task, let name = label.label else { return nil }
        return Facet.Value(name: name, number: number, count: labelled[number])
      }
      facets.append(
        Facet(
          key: task == .faces ? "person" : task.rawValue, title: task.labelTitle!, kind: .labels,
          // An unknown score counts too: labels that are no image's best one are left out.
          values: values.filter { $0.count > 0 }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }))
    }
    facets.append(table("found", "Found", .found, Facet.Found.allCases.map(\.name), found))
    facets.append(table("format", "Format", .format, formats.values, formatCounts))
    facets.append(table("camera", "Camera", .camera, cameras.values, cameraCounts))
    facets.append(
      Facet(
        key: "month", title: "Taken", kind: .month,
        values: months.sorted { $0.key < $1.key }.map { month, count in
          let digits = "\(1_000_000 + month)".dropFirst()
          return Facet.Value(name: "\(digits.prefix(4))-\(digits.suffix(2))", number: month, count: count)
        }))
    return facets.filter { !$0.values.isEmpty }
  }

  /// Relation of an image to the baseline; nil without one.
  func change(of image: ReportImage) -> Facet.Change? {
    guard let baseline else { return nil }
    guard let before = baseline.answers[ReportImage.key(image.path, page: image.page)] else { return .new }
    return image.answer.differs(from: before) ? .changed : .same
  }
}

extension TaskKind {
  /// Title of the list of its labels; nil if its findings have none.
  var labelTitle: String? {
    switch self {
    case .classify: "Class"
    case .faces: "Person"
    case .detect: "Object"
    case .nsfw: "Exposed parts"
    case .segment: "Segment"
    case .rotation: "Rotation"
    case .codes: "Kind of code"
    case .embed, .quality, .text, .plates, .upscale: nil
    }
  }
}
