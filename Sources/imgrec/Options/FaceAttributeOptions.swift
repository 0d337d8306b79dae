import ArgumentParser
import Pipeline
import Platform

/// How old, man or woman.
struct FaceAttributeOptions: ParsableArguments {
  private static let models = ["age_net", "gender_net"]

  @Flag(help: "With the task faces: guess age and gender, each with its score. A guess by the looks, no more.")
  var ageGender = false

  /// Puts the networks to a task that finds faces, where they are wanted.
  func add(
    to task: inout TaskPlan, by assembly: Assembly, options: ModelOptions, workers: Assembly.Workers
  ) throws(SetupError) {
    guard ageGender else { return }
    for model in Self.models { try assembly.add(model, to: &task, options: options, workers: workers) }
  }

  /// Throws where nothing looks for faces.
  func check(_ tasks: [TaskPlan]) throws(SetupError) {
    guard ageGender, !tasks.contains(where: { $0.task == .faces }) else { return }
    throw SetupError("--age-gender goes with the task faces: --task faces")
  }
}
