import Codecs
import Outputs
import Platform
import Report

/// Makes the thumbnails of a report, and counts what has none.
struct ReportRun {
  let data: ReportData
  let page: ReportPage
  let originals: RecordImages
  /// Long side of the thumbnails in pixels; 0: none are made.
  let side: Int
  /// Bytes of the largest page.
  let maxSize: Int
  let quiet: Bool

  private(set) var thumbnails: [Thumbnail] = []
  /// The side that fits.
  private(set) var usedSide = 0

  /// Number of images that are named one by one if they cannot be read.
  private static let mostNamed = 5

  init(data: ReportData, page: ReportPage, originals: RecordImages, side: Int, maxSize: Int, quiet: Bool) {
    self.data = data
    self.page = page
    self.originals = originals
    self.side = side
    self.maxSize = maxSize
    self.quiet = quiet
  }

  /// Throws if the page would be too large even without thumbnails.
  mutating func makeThumbnails() throws(SetupError) {
    let size = page.size
    guard size <= maxSize else {
      let needed = (size >> 20) + 1
      throw SetupError(
        "the page would have \(SummaryLine.size(size)), more than --max-size, without any thumbnail\n"
          + "Add --max-size \(needed)M, or select records with jq.")
    }
    let (data, originals) = (data, originals)
    let problems = (0..<data.count).map { number in
      data.picture(number).flatMap { originals.problem(of: originals.path(of: $0.path)) }
    }
    let file: @Sendable (Int) -> (path: RawPath, page: Int?)? = { number in
      guard problems[number] == nil, let (path, page) = data.picture(number) else { return nil }
      return (originals.path(of: path), page)
    }
    // Reasons are longer than thumbnails may be.
    let reasons = problems.reduce(0) { $0 + ($1.map { $0.utf8.count + 4 } ?? 0) }
    let budget = max(0, maxSize - size - reasons)
    let maker = ThumbnailMaker(limits: DecodeLimits().isolated, workers: HostInfo.cores)
    if side > 0, let fitting = maker.side(upTo: side, budget: budget, count: data.count, file: file) {
      usedSide = fitting
      let shows = !quiet && HostInfo.isTerminal(STDERR_FILENO)
      thumbnails = maker.make(
        count: data.count, side: fitting, budget: budget,
        progress: { number in
          if shows { Console.redraw("thumbnails: \(SummaryLine.count(number)) of \(SummaryLine.count(data.count))") }
        }, file: file)
      if shows { Console.erase() }
    } else {
      thumbnails = [Thumbnail](repeating: .none, count: data.count)
    }
    for (number, problem) in problems.enumerated() {
      if let problem { thumbnails[number] = .missing(problem) }
    }
  }

  private var limit: String { SummaryLine.size(maxSize) }

  /// Prints the summary; `size` is the page's, in bytes.
  func finish(_ name: RawPath, size: Int) -> ExitStatus {
    var (missing, left) = (0, 0)
    for (number, thumbnail) in thumbnails.enumerated() {
      switch thumbnail {
      case .picture: break
      case .missing(let reason):
        missing += 1
        if missing <= Self.mostNamed { Console.failure(of: data.path(number), reason) }
      case .none: if usedSide > 0, data.picture(number) != nil { left += 1 }
      }
    }
    if missing > Self.mostNamed {
      Console.note(
        "\(SummaryLine.counted(missing - Self.mostNamed, "more picture")) could not be read; the page names them")
    }
    if !quiet {
      var line = SummaryLine()
      line.images = data.count
      line.ok = data.count - missing
      line.verb = "in the report"
      line.failed = missing
      line.details = ["\(name)", SummaryLine.size(size)]
      if usedSide > 0 { line.details.append("thumbnails of \(usedSide) pixels") }
      Console.summary(line)
      if side > 0, usedSide < side {
        let size = usedSide > 0 ? "have \(usedSide) pixels, not \(side)" : "are left out"
        Console.note("thumbnails \(size), to keep the page below \(limit); --max-size allows more")
      }
      if left > 0 {
        Console.note(
          "\(SummaryLine.counted(left, "thumbnail")) left out, to keep the page below \(limit); --max-size allows more")
      }
    }
    return missing > 0 ? .partialFailure : .done
  }
}
