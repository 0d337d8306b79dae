import ArgumentParser
import Outputs
import Recognition

extension PageSelection: ExpressibleByArgument {}

/// Selection of the pages of a file.
struct PageOptions: ParsableArguments {
  @Option(help: "Pages to read of a file with several (TIFF, DICOM, animations): the first, or all with a record each.")
  var pages: PageSelection = .first
}
