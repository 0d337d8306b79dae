import Recognition

/// Ends jobs that were decoded: through the annotator if there is one, with the followers of a similar image, and the
/// picture released.
struct JobCompleter {
  let similar: SimilarImages?
  let annotations: Channel<AnnotationRequest>.Sender?
  let completions: Channel<Completion>.Sender
  let buffers: Buffers

  func complete(_ job: ImageJob, _ end: Completion) {
    emitFollowers(of: job, end)
    if case .record(let outcome) = end, let annotations, job.picture != nil, outcome.failure == nil {
      annotations.send(AnnotationRequest(job: job, outcome: outcome))
    } else {
      buffers.releasePicture(of: job)
      completions.send(end)
    }
  }

  /// Emits the record of an image that reuses the answers of a similar one.
  func emitFollower(_ job: ImageJob, _ match: SimilarMatch, _ answers: SimilarImages.Answers) {
    job.cache = .similar
    var outcome = job.outcome(.success(answers.answers))
    outcome.match = match
    completions.send(.record(outcome))
  }

  /// Ends the images that waited for the answers of `job`, as it ended.
  private func emitFollowers(of job: ImageJob, _ end: Completion) {
    guard let number = job.leaderNumber, let similar else { return }
    guard case .record(let outcome) = end else {
      for (follower, _) in similar.complete(number, nil) { completions.send(follower.dropped) }
      return
    }
    for (follower, match) in similar.complete(number, outcome) {
      switch outcome.result {
      case .success(let answers): emitFollower(follower, match, .init(answers: answers, warnings: outcome.warnings))
      case .failure(var failure):
        failure.message = "as \(match.path), which it looks like: \(failure.message)"
        completions.send(.record(follower.outcome(failing: failure)))
      }
    }
  }
}

extension Buffers {
  /// Releases the picture of a job that needs it no more.
  func releasePicture(of job: ImageJob) {
    guard let picture = job.picture else { return }
    job.picture = nil
    release(picture.pixels)
  }
}
