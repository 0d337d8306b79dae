import Recognition

/// A record on its way to the files that are written beside it.
struct AnnotationRequest: ChannelElement {
  let job: ImageJob
  let outcome: Outcome
  var cost: Int { 1 }
}

extension ScanPipeline {
  /// The way out of every item that was decoded: past the artist where there is one, and its picture is let go.
  func complete(_ job: ImageJob, _ outcome: Outcome) {
    emitFollowers(job, outcome)
    guard plan.annotator != nil, job.picture != nil, outcome.failure == nil else {
      release(job)
      completions.send(.record(outcome))
      return
    }
    finished.send(AnnotationRequest(job: job, outcome: outcome))
  }

  /// Records -> files beside them.
  func runAnnotator() {
    defer { completions.finish() }
    while let request = finished.receive() {
      var outcome = request.outcome
      if let annotator = plan.annotator, let picture = request.job.picture {
        do throws(Failure) { outcome = try annotator.annotate(outcome, picture) } catch {
          outcome.result = .failure(error)
        }
      }
      release(request.job)
      completions.send(.record(outcome))
    }
  }

  private func release(_ job: ImageJob) {
    guard let picture = job.picture else { return }
    job.picture = nil
    memory.release(picture.pixels.byteCount)
    slots.release(picture.pixels)
  }
}
