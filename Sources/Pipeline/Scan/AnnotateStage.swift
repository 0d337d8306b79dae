import Recognition

/// A record whose annotated copies, crops or masks are to be written.
struct AnnotationRequest: ChannelElement {
  let job: ImageJob
  let outcome: Outcome
  var cost: Int { 1 }
}

/// Records -> files beside them, and the records with the names of the files.
struct AnnotateStage {
  let requests: Channel<AnnotationRequest>.Receiver
  let completions: Channel<Completion>.Sender
  let annotator: (any Annotator)?
  let buffers: Buffers
  let stop: StopToken

  func run() {
    while let request = requests.receive() {
      guard !stop.dropsWaiting else {
        buffers.releasePicture(of: request.job)
        completions.send(request.job.dropped)
        continue
      }
      var outcome = request.outcome
      if let annotator, let picture = request.job.picture {
        outcome = annotator.annotate(outcome, picture)
      }
      buffers.releasePicture(of: request.job)
      completions.send(.record(outcome))
    }
  }
}
