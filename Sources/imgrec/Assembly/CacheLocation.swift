import Cache
import Foundation

enum CacheLocation {
  /// Where results are kept unless something else is said; nil without a home.
  static var standard: String? { SQLiteFile.standardPath(environment: ProcessInfo.processInfo.environment) }
}
