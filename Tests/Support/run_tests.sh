#!/bin/bash
# Runs the built tests, or a part of them, so that several parts can run at the same time: two runs of SwiftPM may find its
# database locked.
#
# Usage: run_tests.sh BUNDLE --only PATTERN     XCTest's classes whose names match
#        run_tests.sh BUNDLE --except PATTERN   XCTest's other classes, and all of Swift Testing
set -euo pipefail
bundle=$1 part=$2 pattern=$3
# XCTest keeps its cases to the end, and with them the folders that end with a case.
TMPDIR=$(mktemp -d)
export TMPDIR
# Some tests run imgrec as another user.
chmod 1777 "$TMPDIR"
trap 'rm -rf "$TMPDIR"' EXIT
case $part in
  --only) matching=(grep -E) ;;
  --except) matching=(grep -vE) ;;
  *) echo "run_tests.sh: $part is neither --only nor --except" >&2; exit 2 ;;
esac
classes=$("$bundle" --list-tests 2> /dev/null | sed -n 's|/.*||p' | sort -u | "${matching[@]}" "$pattern" | paste -sd,)
status=0
"$bundle" "$classes" || status=$?
if [ "$part" = --except ]; then
  NO_COLOR=1 "$bundle" --testing-library swift-testing || status=$?
fi
exit $status
