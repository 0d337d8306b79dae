// The platform's C library, imported here only: a file of another module that calls it imports Platform.
#if canImport(Glibc)
  @_exported import Glibc
#else
  @_exported import Darwin
#endif
