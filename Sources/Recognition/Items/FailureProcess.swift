import Platform

extension Failure {
  /// The failure of a picture whose process had to be ended or ended itself.
  ///
  /// `process` names the process, `work` what it does, `purpose` what the shared memory is for, `prefix` the picture.
  public init(
    _ stage: Stage, _ fault: IsolatedProcess.Fault, process: String, work: String, purpose: String, timeout: Duration,
    prefix: String = ""
  ) {
    let (code, message): (Code, String) =
      switch fault {
      case .notStarted(let error): (.crashed, "\(process) cannot be started: \(systemMessage(error))")
      case .notReady(let status): (.crashed, "\(process) did not start (wait status \(status))")
      case .noMemory(let error): (.outOfMemory, "\(prefix)no memory for \(purpose): \(systemMessage(error))")
      case .timeout: (.timeout, "\(prefix)\(work) took more than \(timeout.components.seconds) s")
      case .exhausted: (.timeout, "\(prefix)\(work) took more time than allowed")
      case .killed: (.outOfMemory, "\(prefix)the system ended \(process) (out of memory?)")
      case .exited(let status): (.crashed, "\(prefix)\(process) ended with status \(status)")
      case .signalled(let signal): (.crashed, "\(prefix)\(process) was ended by signal \(signal)")
      }
    self.init(stage, code, message)
  }
}
