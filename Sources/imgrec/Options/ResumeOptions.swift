import ArgumentParser
import Foundation

/// Continuation of an earlier run.
struct ResumeOptions: ParsableArguments {
  @Flag(help: "Keep the complete records of the output file, and process the other inputs.")
  var resume = false
}
