import Codecs
import Platform

extension UpscaleCommand {
  /// Checks the command line as a whole, before anything is opened.
  func checkUsage() throws(SetupError) {
    let kind = pictureKind
    let isLossy = kind != .png
    let rules: [OptionRule] =
      input.rules("imgrec upscale -o FOLDER") + runOptions.rules()
      + model.engineChoice.rules(model.precisionChoice.precision)
      + [
        .needs("--card", model.card != nil, "--model FILE", model.model != nil),
        OptionRule(
          model.precisionChoice.precision == .int8, "--precision int8 is for networks that recognise",
          "Use --precision bf16 or f32, or leave it out."),
        OptionRule(
          output.quality != UpscaleOutputOptions.standardQuality && !isLossy,
          "--quality is for JPEG and WebP; this run writes PNG", "Use --format jpeg or webp, or leave --quality out."),
        OptionRule(
          output.quality == 101 && kind == .jpeg, "--quality 101 is lossless WebP; this run writes JPEG",
          "Use --format webp, or a quality from 1 to 100."),
        OptionRule(
          output.compare && output.output == "-", "--compare writes a file beside the output, which is standard output",
          "Name a file or folder with -o, or leave --compare out."),
        OptionRule(
          output.onExists != .error && output.output == "-" && output.records == nil && runOptions.summary == nil
            && runOptions.metrics == nil,
          "--on-exists \(output.onExists.rawValue) needs an output file or folder", "Leave --on-exists out."),
      ]
      // That both are one file is found later, and is the worse mistake.
      + (output.records == output.output
        ? [] : JSONLinesFile.rules("--records", output.records, "imgrec upscale"))
    try rules.check()
  }

  /// The format of all pictures, as far as the command line says it; nil if it is that of each input.
  private var pictureKind: EncodedFormat? {
    if let kind = output.format.kind { return kind }
    if output.output == "-" { return .png }
    return OutputTarget.format(RawArguments().path(output.output))
  }
}
