import Outputs
import Platform
import Records

/// Files the images of one record after another, and counts them.
struct SortRun {
  let rule: SortRule
  /// The folder that gets the folders.
  let folder: RawPath
  var images: FiledImages
  let originals: RecordImages
  /// Whether each new entry is printed.
  let prints: Bool

  private(set) var line = SummaryLine()
  private(set) var folders: Set<RawPath> = []
  /// Entries that were made, and that were there.
  private(set) var (new, present) = (0, 0)

  init(rule: SortRule, folder: RawPath, images: FiledImages, originals: RecordImages, prints: Bool) {
    self.rule = rule
    self.folder = folder
    self.images = images
    self.originals = originals
    self.prints = prints
  }

  /// Throws if the folder cannot be written: no other image could be filed either.
  mutating func file(_ record: StoredRecord) throws(SetupError) {
    line.images += 1
    let names = rule.folders(of: record)
    guard !names.isEmpty else {
      line.skipped += 1
      return
    }
    let source = originals.path(of: record)
    if let problem = originals.problem(of: source) {
      line.failed += 1
      Console.failure(of: record.path, problem)
      return
    }
    for name in names {
      do throws(FileError) {
        switch try images.file(source, in: folder.appending(name.bytes)) {
        case .filed(let entry):
          new += 1
          if prints { Console.out("\(entry) -> \(source)") }
        case .present: present += 1
        }
        folders.insert(name)
      } catch {
        throw SetupError("cannot file \(record.path): \(error)" + advice(error.code))
      }
    }
    line.ok += 1
  }

  private func advice(_ code: Int32) -> String {
    switch code {
    case EXDEV: "\nHard links need one file system; use --link symbolic, or --link copy."
    case EPERM: "\nThe file system may have no such links; use --link copy."
    default: ""
    }
  }
}
