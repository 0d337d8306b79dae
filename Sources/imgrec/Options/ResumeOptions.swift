import ArgumentParser
import Foundation

/// Whether a run goes on in the file of an earlier one.
struct ResumeOptions: ParsableArguments {
  @Flag(help: "Keep the whole records that are in the output file already, and do the rest.")
  var resume = false
}
