import ArgumentParser
import Pipeline
import Platform

/// Estimates of age and gender.
struct FaceAttributeOptions: ParsableArguments {
  private static let models = ["age_net", "gender_net"]

  @Flag(help: "With the task faces: estimate age and gender by appearance, each with a score.")
  var ageGender = false

  /// Adds the networks to a task that detects faces, if they are requested.
  func add(
    to task: inout TaskPlan, by assembly: Assembly, options: ModelOptions, workers: Assembly.Workers
  ) throws(SetupError) {
    guard ageGender else { return }
    for model in Self.models { try assembly.add(model, to: &task, options: options, workers: workers) }
  }
}
