import ArgumentParser
import Outputs
import Recognition

/// Files that are written for images beside their records.
struct ArtifactOptions: ParsableArguments {
  @Option(help: .init("Write copies with the findings drawn on them.", valueName: "folder"), completion: .directory)
  var annotate: String?

  @Option(
    help: .init("Write each detection as a picture, a folder per label.", valueName: "folder"),
    completion: .directory)
  var crops: String?

  @Option(
    help: .init("With the task segment: write the foreground as PNGs, the rest transparent.", valueName: "folder"),
    completion: .directory)
  var cutout: String?

  @Option(
    help: .init("With the task segment: write the masks as PNGs; records name them.", valueName: "folder"),
    completion: .directory)
  var masks: String?

  /// nil if no such files are requested.
  var annotator: (any Annotator)? {
    guard annotate != nil || crops != nil || cutout != nil || masks != nil else { return nil }
    return ArtifactWriter(annotate: annotate, crops: crops, cutout: cutout, masks: masks)
  }
}
