import Pipeline
import Recognition

extension Assembly {
  /// Logs the open networks of a run, if the log is JSON; in text they are among the choices that `-v` prints.
  static func log(_ plan: ScanConfiguration, quiet: Bool = false) {
    guard Console.form == .json, !quiet else { return }
    for task in plan.tasks {
      let engine = task.instances[0].use.name
      Console.print(
        LogEntry(
          .info, .modelOpened, "\(task.task.rawValue): \(task.reference) on \(engine)",
          [
            ("task", .text(task.task.rawValue)), ("model", .text(task.reference)), ("engine", .text(engine)),
            ("instances", .count(task.instances.count)),
          ]))
    }
  }
}
