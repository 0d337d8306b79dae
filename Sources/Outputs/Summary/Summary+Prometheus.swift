import Records

extension Summary {
  /// The summary in Prometheus' text format, for node_exporter's textfile collector.
  public var metrics: [UInt8] {
    var out = ByteWriter()
    func family(_ name: String, _ help: String, _ samples: [(labels: String, value: Double)]) {
      out.append("# HELP imgrec_\(name) \(help)\n# TYPE imgrec_\(name) gauge\n")
      for sample in samples {
        out.append("imgrec_\(name)\(sample.labels) ")
        out.append(sample.value, decimals: 6)
        out.append(UInt8(ascii: "\n"))
      }
    }
    family(
      "inputs", "Inputs of the last run by status.",
      [("ok", report.ok), ("failed", report.failed), ("skipped", report.skipped)].map {
        (Self.label("status", $0.0), Double($0.1))
      })
    family("cached", "Inputs answered from the cache.", [("", Double(report.cached))])
    family("warned", "Images that decoded with warnings.", [("", Double(report.warned))])
    if !report.failures.isEmpty {
      family(
        "failures", "Failed inputs by code.",
        sortedFailures.map { (Self.label("code", $0.code.rawValue), Double($0.count)) })
    }
    if ignored.total > 0 {
      family(
        "ignored", "Entries of folders and archives that were passed over, by kind.",
        ignored.sorted.map { (Self.label("kind", $0.kind), Double($0.count)) })
    }
    family("pixels", "Pixels recognised.", [("", Double(report.pixels))])
    family("read_bytes", "Bytes of the images recognised.", [("", Double(report.bytesRead))])
    family("wall_seconds", "Duration of the run.", [("", report.wallSeconds)])
    family("cpu_seconds", "CPU time of the run.", [("", usage.cpuSeconds)])
    family("stage_busy_seconds", "Busy time by stage.", stages.map { (Self.label("stage", $0.name), $0.seconds) })
    family("mean_batch", "Images per batch.", [("", report.meanBatch)])
    family("peak_memory_bytes", "Maximum resident memory.", [("", Double(usage.peakMemory))])
    for breaker in breakerFamilies {
      family(
        breaker.name, breaker.help,
        breaker.samples.map { sample in
          let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
          return ("{\(labels.joined(separator: ","))}", sample.value)
        })
    }
    if !choices.isEmpty {
      let labels = choices.map { "\(Self.name($0.name))=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
      family("run_info", "What ran.", [("{\(labels)}", 1)])
    }
    return out.bytes
  }

  private static func label(_ name: String, _ value: String) -> String { "{\(name)=\"\(escaped(value))\"}" }

  /// A label name with letters, digits and underscores only.
  private static func name(_ text: String) -> String {
    String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value {
      switch character {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.append(character)
      }
    }
    return text
  }
}
