import Platform

/// Checks before a run that pictures and annotations can be written into a folder.
public enum FolderTrial {
  /// Throws if no file can be created in `folder`, the value of `option`, which may be missing.
  public static func check(_ folder: RawPath, option: String) throws(SetupError) {
    do throws(FileError) { try WriteTrial.check(folder: folder) } catch {
      let advice =
        error.code == ENOSPC || error.code == EDQUOT
        ? "make room, or name a folder on another disk" : "name a folder where you may write"
      throw SetupError("\(option): cannot write into \(folder): \(systemMessage(error.code)); \(advice)")
    }
  }
}
