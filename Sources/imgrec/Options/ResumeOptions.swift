import ArgumentParser
import Inputs
import Logging
import Outputs
import Pipeline
import Platform
import Recognition

/// Continuation of an earlier run.
struct ResumeOptions: ParsableArguments {
  @Flag(
    help: "Keep the records of the output file; process the other inputs, and those that failed or have changed.")
  var resume = false
}

extension ResumeOptions {
  /// Reads the records in `file`, which `tasks` must have made; nil if nothing is resumed.
  func records(
    in file: OutputFile?, _ tasks: [TaskPlan], pages: PageSelection, exif: Bool
  ) throws(SetupError) -> EarlierRecords? {
    guard resume, let file else { return nil }
    return try EarlierRecords(file, tasks, pages: pages, exif: exif)
  }
}

/// The records of an earlier scan in the output file.
struct EarlierRecords {
  let index: ResumeIndex
  private let arranged: ArrangedFile
  /// Time before which the earlier run had read no image; nil if unknown.
  let since: Int64?

  init(_ file: OutputFile, _ tasks: [TaskPlan], pages: PageSelection, exif: Bool) throws(SetupError) {
    since = birthNanoseconds(of: file.descriptor)
    index = try ResumeIndex(
      file, models: tasks.map { ($0.task, $0.references) },
      precisions: Dictionary(tasks.map { ($0.task, $0.precisions) }) { $0.union($1) }, pages: pages, exif: exif)
    arranged = ArrangedFile(for: file)
  }

  /// Bytes of the file that stay in it.
  var end: Int { index.end }

  /// The items of `walk` that have no record of a success, or have changed since.
  func feed(_ walk: any Feed, maxBytes: Int) -> any Feed {
    let comparison = ItemComparison(since: since, maxBytes: maxBytes)
    return ResumedFeed(walk) { [index] item in
      index.take(item.path) { comparison.isUnchanged(item, $0) }
    }
  }

  /// Makes the file what one run would have written. Warns if that fails: no record is lost then.
  func arrange(keepsOrder: Bool, logger: Logger) {
    guard let order = index.finalOrder(keepsOrder: keepsOrder) else { return }
    do { try arranged.write(order) } catch { logger.warning("\(error)") }
  }
}
