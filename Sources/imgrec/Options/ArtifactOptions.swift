import ArgumentParser
import Outputs
import Recognition

/// Files that are made of images beside their records.
struct ArtifactOptions: ParsableArguments {
  @Option(help: .init("Write copies with what was found drawn on them.", valueName: "folder"), completion: .directory)
  var annotate: String?

  @Option(
    help: .init("Write what was found as pictures of its own, in a folder a label.", valueName: "folder"),
    completion: .directory)
  var crops: String?

  @Option(
    help: .init("With the task segment: write what stands out as PNGs, the rest transparent.", valueName: "folder"),
    completion: .directory)
  var cutout: String?

  @Option(
    help: .init("With the task segment: write the masks as PNGs; records name them.", valueName: "folder"),
    completion: .directory)
  var masks: String?

  /// nil where nothing is wanted.
  var annotator: (any Annotator)? {
    guard annotate != nil || crops != nil || cutout != nil || masks != nil else { return nil }
    return ArtifactWriter(annotate: annotate, crops: crops, cutout: cutout, masks: masks)
  }
}
