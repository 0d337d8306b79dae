import Platform

extension Subprocess.Result {
  /// Cause of the failure, extracted from pip's messages: its last line blames the version even if there was no
  /// network.
  public var pipError: String {
    let complaints = self.complaints.map(String.init)
    if let line = complaints.last(where: { $0.contains("No module named pip") }) {
      return "\(line) (apt-get install python3-pip)"
    }
    if let line = complaints.last(where: { $0.contains("No space left") }) { return line }
    let broken = ["connection broken by", "Failed to establish", "Max retries exceeded", "timed out"]
    if let line = complaints.first(where: { line in broken.contains(where: line.contains) }) {
      // "… [Errno -3] Temporary failure in name resolution')': /simple/…": the middle is the relevant part.
      let detail = line.range(of: "[Errno").map { line[$0.lowerBound...].prefix { $0 != "'" } } ?? line[...]
      return "no connection to the package index: \(detail)"
    }
    return complaints.last { $0.hasPrefix("ERROR:") } ?? lastComplaint
  }
}
