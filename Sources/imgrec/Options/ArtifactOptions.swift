import ArgumentParser
import Outputs
import Platform
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

  var folders: ArtifactWriter.Folders {
    let arguments = RawArguments()
    return ArtifactWriter.Folders(
      annotate: annotate.map(arguments.path), crops: crops.map(arguments.path), cutout: cutout.map(arguments.path),
      masks: masks.map(arguments.path))
  }

  /// Whether any such files are requested.
  var isRequested: Bool { !folders.all.isEmpty }
}
