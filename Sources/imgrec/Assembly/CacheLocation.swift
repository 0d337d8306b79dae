import Cache
import Foundation

enum CacheLocation {
  /// Default location of cached results; nil without a home folder.
  static var standard: String? { SQLiteFile.standardPath(environment: ProcessInfo.processInfo.environment) }
}
