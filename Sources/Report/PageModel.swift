import Platform
import Recognition

/// What the template shows, as texts: it knows the properties by their names. All texts are escaped by it, except those
/// between three braces: the policy, the style sheet and the script, which are imgrec's own.
struct PageModel {
  var policy: String
  var version: String
  var style: String
  var script: String
  var title: String
  var summary: String
  /// Whether images have dates.
  var dated: Bool
  var facets: [FacetModel]
  var scores: ScoresModel?
  var comparison: ComparisonModel?
  var problems: [ProblemsModel]
  var groups: GroupsModel?
  var run: RunModel?
  var caption: String
  var images: [ImageModel]

  struct FacetModel {
    var title: String
    var number: String
    var values: [ValueModel]
  }

  struct ValueModel {
    var name: String
    var count: String
    /// Percent of the longest bar.
    var width: String
  }

  struct ScoresModel {
    var text: String
    var bars: [BarModel]
  }

  struct BarModel {
    var x: String
    var y: String
    var height: String
    var title: String
  }

  struct ComparisonModel {
    var same: String
    var changed: String
    var new: String
    var gone: String
    var rows: [LabelRow]
    var goneText: String?
    var gonePaths: [String]
  }

  struct LabelRow {
    var task: String
    var label: String
    var before: String
    var now: String
    var change: String
    var beforeScore: String
    var nowScore: String
  }

  struct ProblemsModel {
    var title: String
    var kind: String
    var count: String
    var rows: [ProblemRow]
  }

  struct ProblemRow {
    var name: String
    var count: String
    var image: String
    var path: String
    var example: String
  }

  struct GroupsModel {
    var count: String
    var rows: [GroupRow]
    var more: String?
  }

  struct GroupRow {
    var count: String
    var group: String
    var path: String
  }

  struct RunModel {
    var tables: [TimesModel]
    var hasModels: Bool
    var models: [ModelRow]
  }

  struct TimesModel {
    var title: String
    var rows: [TimesRow]
  }

  struct TimesRow {
    var name: String
    var images: String
    var median: String
    var percentile: String
    var sum: String
  }

  struct ModelRow {
    var task: String
    var model: String
    var engine: String
    var images: String
  }

  struct ImageModel {
    var url: String?
    var path: String
    var status: String
    var findings: String
    var pixels: String
    var taken: String
  }
}

/// Numbers as people read them.
enum Figures {
  /// "1,234".
  static func count(_ number: Int) -> String {
    let digits = Array("\(number.magnitude)")
    let grouped = digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }
    return (number < 0 ? "-" : "") + grouped.joined()
  }

  /// "1 image", "2 images".
  static func counted(_ number: Int, _ noun: String) -> String { "\(count(number)) \(noun)\(number == 1 ? "" : "s")" }

  static func fixed(_ number: Double, _ decimals: Int) -> String {
    let scale = decimals == 0 ? 1.0 : decimals == 1 ? 10 : decimals == 2 ? 100 : 1000
    guard number.isFinite, number.magnitude < 1e12 else { return "-" }
    let scaled = Int((number.magnitude * scale).rounded())
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + count(scaled) }
    let whole = Int(scale)
    return sign + count(scaled / whole) + "." + "\(whole + scaled % whole)".dropFirst()
  }

  /// "+3", "-3", "0".
  static func signed(_ number: Int) -> String { number > 0 ? "+\(count(number))" : count(number) }

  /// Percent of `most` on a logarithmic scale, on which a few show beside many thousands.
  static func logarithmic(_ number: Int, of most: Int) -> Double {
    100 * Double.log1p(Double(number)) / Double.log1p(Double(max(1, most)))
  }
}
