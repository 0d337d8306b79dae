/// The POSIX message for the error number `code`.
public func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
