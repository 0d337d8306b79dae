import Foundation
import Platform

/// An input that is no path of this machine: a URL. Other programs read it and write it to a pipe.
public struct RemoteInput {
  /// What is wrong, as the end of a sentence.
  public let problem: String
  /// The command that writes the input's bytes to standard output; nil if the input is to be named in another way.
  private let reader: String?
  /// The advice if there is no such command.
  private let other: String

  /// nil for a usual path.
  public init?(_ path: RawPath) {
    let text = path.description
    guard let end = text.range(of: "://"), end.lowerBound > text.startIndex else { return nil }
    let scheme = text[..<end.lowerBound].lowercased()
    guard scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }) else { return nil }
    let url = Self.quoted(text)
    let isFolder = text.hasSuffix("/")
    problem = "URLs are not read"
    switch scheme {
    case "file":
      reader = nil
      other = "Name it by its path: \(Self.quoted(Self.path(ofFile: text[end.upperBound...])))"
    case "http", "https", "ftp", "ftps", "sftp":
      reader = "curl -sSfL \(url)"
      other = ""
    case "s3":
      reader = isFolder ? nil : "aws s3 cp \(url) -"
      other = "Fetch it first: aws s3 sync \(url) FOLDER"
    case "gs":
      reader = isFolder ? nil : "gcloud storage cat \(url)"
      other = "Fetch it first: gcloud storage rsync -r \(url) FOLDER"
    default:
      reader = nil
      other = "Fetch it first with a program that reads \(scheme):// and name the file."
    }
  }

  /// What to type instead. `command` reads images from standard input if it gets "-".
  public func advice(for command: String) -> String {
    reader.map { "Pipe it in: \($0) | \(command) -" } ?? other
  }

  /// The path in what follows `file://`: an optional host, and the path with its percent escapes resolved.
  private static func path(ofFile rest: Substring) -> String {
    let path = rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? String(rest)
    return path.removingPercentEncoding ?? path
  }

  /// The text as one word of a shell.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/:._-+,@%=".contains($0)) }
    return isPlain ? text : "'\(text.replacingOccurrences(of: "'", with: "'\\''"))'"
  }
}
