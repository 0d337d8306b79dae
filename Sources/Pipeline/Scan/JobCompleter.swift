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

  /// Completes the tasks of an image whose answers it takes from a similar one.
  func follow(_ job: ImageJob, _ result: Result<[Answer], Failure>) {
    guard let similar else { return }
    let isWhole = !similar.hasOwnTasks(job)
    for task in similar.shared(by: job) {
      let end = job.complete(task: task, result.map { $0[task] }, wait: 0, infer: 0)
      if let end { finish(job, end, isWhole: isWhole) }
    }
  }

  /// Gives up those tasks.
  private func dropShared(of job: ImageJob) {
    guard let similar else { return }
    let isWhole = !similar.hasOwnTasks(job)
    for _ in similar.shared(by: job) { if let end = job.drop() { finish(job, end, isWhole: isWhole) } }
  }

  /// `isWhole`: no network has the job, and its picture was released when that was decided.
  private func finish(_ job: ImageJob, _ end: Completion, isWhole: Bool) {
    if isWhole { completions.send(end) } else { complete(job, end) }
  }

  /// Ends the images that waited for the answers of `job`, as it ended.
  private func emitFollowers(of job: ImageJob, _ end: Completion) {
    guard let number = job.leaderNumber, let similar else { return }
    guard case .record(let outcome) = end else {
      for follower in similar.complete(number, nil) { dropShared(of: follower) }
      return
    }
    for follower in similar.complete(number, outcome) {
      follow(
        follower,
        outcome.result.mapError { failure in
          var failure = failure
          failure.message = "as \(outcome.path), which it looks like: \(failure.message)"
          return failure
        })
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
