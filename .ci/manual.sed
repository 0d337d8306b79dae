# Edits of the man pages that swift-argument-parser generates (sed -E).

# It names pages imgrec.scan; man(1) finds "imgrec scan" as imgrec-scan. There is no page of `imgrec help`.
/^\.Xr imgrec\.help /d
/^\.(Dt|Xr) /s/([A-Za-z])\./\1-/g

# "imgrec scan" is imgrec-scan under NAME, and stays imgrec scan under SYNOPSIS.
/^\.Nm ./ {
  h
  s/"//g
  s/([a-z]) /\1-/g
  s/^\.Nm-/.Nm /
}
/^\.Nm$/g

# mdoc does not allow empty lines.
s/^$/.Pp/

# The exit status, beyond success.
s/^\.Ex -std$/.Bl -tag -width 4n -compact\
.It 0\
All inputs succeeded, also those in which nothing was found.\
.It 1\
The run completed, but some inputs failed; their records give the reasons.\
.It 2\
The run could not start or continue.\
.It 3\
There were no images among the inputs.\
.It 64\
The command line was invalid.\
.It 130\
The run was interrupted and drained; it can be resumed.\
.El/
