/// The kind of file system that a folder is on.
public enum FileSystemKind {
  /// Those whose files other machines or programs change without a report of the system.
  private static let remote: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs", "virtiofs", "vboxsf",
    "vmhgfs", "beegfs", "gpfs", "ocfs2", "gfs2", "drvfs",
  ]

  /// Its name, if changes by other machines are not reported by the system; nil for a local one, or if it is unknown.
  public static func remoteName(device: UInt64) -> String? {
    guard let table = try? FileSystem.contents("/proc/self/mountinfo") else { return nil }
    return remoteName(device: device, mounts: String(decoding: table, as: UTF8.self))
  }

  /// Reads the lines of `mountinfo`: the third field is the device, and the kind follows a field that is a dash.
  static func remoteName(device: UInt64, mounts: String) -> String? {
    let major = (device >> 8 & 0xfff) | (device >> 32 & ~0xfff)
    let minor = (device & 0xff) | (device >> 12 & ~0xff)
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 3, fields[2] == "\(major):\(minor)", let dash = fields.firstIndex(of: "-"),
        dash + 1 < fields.count
      else { continue }
      let kind = String(fields[dash + 1])
      return remote.contains(kind) || kind == "fuse" || kind.hasPrefix("fuse.") ? kind : nil
    }
    return nil
  }
}
