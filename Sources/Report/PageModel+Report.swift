import Foundation
import Platform
import Recognition

extension Double {
  static func log1p(_ value: Double) -> Double { Foundation.log1p(value) }
}

extension PageModel {
  /// Rows of the table that is shown without a script.
  static let mostRows = 1000
  /// Groups, kinds of problems and paths that are listed.
  static let mostListed = 1000

  /// `url` is the relative URL of an image; nil if it has no file.
  init(
    _ data: ReportData, facets: [Facet], groups: [[Int]], version: String, url: (Int) -> String?
  ) {
    style = PageText.style
    script = PageText.script
    policy = PageText.policy
    self.version = version
    title = "imgrec report: \(Figures.counted(data.count, "image"))"
    summary = Self.summary(data, facets)
    dated = data.images.contains { $0.taken > 0 }
    self.facets = facets.map { facet in
      let most = facet.values.map(\.count).max() ?? 1
      return FacetModel(
        title: facet.title, number: Figures.count(facet.values.count),
        values: facet.values.map { value in
          ValueModel(
            name: value.name, count: Figures.count(value.count),
            width: Figures.fixed(Figures.logarithmic(value.count, of: most), 1))
        })
    }
    scores = Self.scores(data.scores())
    comparison = Comparison(data).map(Self.comparison)
    problems = [
      ("Failures", "Code", data.failureKinds()), ("Warnings", "Kind", data.warningKinds()),
    ].compactMap { title, kind, kinds in
      guard !kinds.isEmpty else { return nil }
      return ProblemsModel(
        title: title, kind: kind, count: Figures.count(kinds.reduce(0) { $0 + $1.count }),
        rows: kinds.prefix(Self.mostListed).map { kind in
          ProblemRow(
            name: kind.name, count: Figures.count(kind.count), image: "\(kind.image)",
            path: data.images[kind.image].name, example: kind.example)
        })
    }
    self.groups = groups.isEmpty ? nil : Self.groups(groups, data)
    run = Self.run(data)
    images = (0..<min(data.count, Self.mostRows)).map { ImageModel(data, $0, url: url($0)) }
    caption =
      data.count > Self.mostRows
      ? "The first \(Figures.count(Self.mostRows)) of \(Figures.counted(data.count, "image")); a script shows all."
      : Figures.counted(data.count, "image")
  }

  private static func summary(_ data: ReportData, _ facets: [Facet]) -> String {
    let status = facets.first { $0.kind == .status }?.values ?? []
    let text = status.prefix(6).map { "\(Figures.count($0.count)) \($0.name)" }.joined(separator: ", ")
    let more = status.count > 6 ? ", \(status.count - 6) more kinds" : ""
    let compared = data.baseline.map { "; compared with \(Figures.counted($0.count, "image"))" } ?? ""
    return text + more + compared
  }

  private static func scores(_ histogram: ScoreHistogram) -> ScoresModel? {
    guard let most = histogram.counts.max(), most > 0 else { return nil }
    let bars = histogram.counts.enumerated().map { index, count in
      let height = 0.64 * Figures.logarithmic(count, of: most)
      let range = "\(Figures.fixed(Double(index) / 20, 2)) to \(Figures.fixed(Double(index + 1) / 20, 2))"
      return BarModel(
        x: "\(index * 10)", y: Figures.fixed(64 - height, 1), height: Figures.fixed(height, 1),
        title: "\(range): \(Figures.count(count))")
    }
    return ScoresModel(text: "Scores of \(Figures.counted(histogram.total, "finding"))", bars: bars)
  }

  private static func comparison(_ comparison: Comparison) -> ComparisonModel {
    let rows = comparison.rows.map { row in
      LabelRow(
        task: row.label.task.rawValue, label: row.label.label ?? "any", before: Figures.count(row.before.findings),
        now: Figures.count(row.now.findings),
        change: Figures.signed(row.now.findings - row.before.findings),
        beforeScore: row.before.findings == 0 ? "-" : Figures.fixed(row.before.mean, 3),
        nowScore: row.now.findings == 0 ? "-" : Figures.fixed(row.now.mean, 3))
    }
    let gone = comparison.gone.prefix(mostListed).map { path, page in
      "\(path)" + (page.map { " (page \($0))" } ?? "")
    }
    let left = comparison.gone.count - gone.count
    return ComparisonModel(
      same: Figures.count(comparison.same), changed: Figures.count(comparison.changed),
      new: Figures.count(comparison.new), gone: Figures.count(comparison.gone.count), rows: rows,
      goneText: gone.isEmpty ? nil : "gone",
      gonePaths: gone + (left > 0 ? ["and \(Figures.count(left)) more"] : []))
  }

  private static func groups(_ groups: [[Int]], _ data: ReportData) -> GroupsModel {
    let largest = groups.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
    let rows = largest.prefix(mostListed).map { number, members in
      GroupRow(count: Figures.count(members.count), group: "\(number)", path: data.images[members[0]].name)
    }
    let left = groups.count - rows.count
    return GroupsModel(
      count: Figures.counted(groups.count, "group"), rows: rows,
      more: left > 0 ? "The largest \(Figures.count(rows.count)); \(Figures.counted(left, "group")) more." : nil)
  }

  private static func run(_ data: ReportData) -> RunModel? {
    let (stages, engines) = data.timings()
    let tables = [("Stage", stages), ("Inference by engine", engines)].filter { !$0.1.rows.isEmpty }
    let models = data.modelCounts()
    guard !tables.isEmpty || !models.isEmpty else { return nil }
    return RunModel(
      tables: tables.map { title, table in
        TimesModel(
          title: title,
          rows: table.rows.map { row in
            TimesRow(
              name: row.name, images: Figures.count(row.images), median: Figures.fixed(row.median, 1),
              percentile: Figures.fixed(row.percentile95, 1), sum: Figures.fixed(row.sum, 1))
          })
      }, hasModels: !models.isEmpty,
      models: models.map { model in
        ModelRow(
          task: model.task, model: model.model, engine: model.engine.isEmpty ? "-" : model.engine,
          images: Figures.count(model.images))
      })
  }
}

extension PageModel.ImageModel {
  fileprivate init(_ data: ReportData, _ number: Int, url: String?) {
    let image = data.images[number]
    self.url = url
    path = image.name
    status = data.statuses.values[image.status]
    let found = image.findings.flatMap { findings in
      findings.counted.enumerated().map { index, row -> String in
        let label = data.labels.values[Int(row.label)]
        let text = findings.texts.isEmpty ? "" : findings.texts[index]
        let words = [label.label ?? "", text].filter { !$0.isEmpty }.joined(separator: ": ")
        return (words.isEmpty ? label.task.rawValue : words) + " " + Figures.fixed(Double(row.score) / 1000, 2)
      }
    }
    findings = found.prefix(20).joined(separator: ", ") + (found.count > 20 ? ", …" : "")
    pixels = image.size.map { "\($0.width) × \($0.height)" } ?? ""
    let digits = "\(100_000_000_000_000 + image.taken)".dropFirst()
    taken =
      image.taken == 0 ? "" : "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.dropFirst(6).prefix(2))"
  }
}

extension ReportImage {
  /// Its path, with its page.
  var name: String { "\(path)" + (page.map { " (page \($0))" } ?? "") }
}
