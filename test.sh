#!/usr/bin/env bash
# Sets up everything the tests need, builds, and runs them all. The last line is "N passed, N failed, N skipped".
#   ./test.sh                 all tests
#   ./test.sh Analysis Portal only those projects (Analysis, Portal, Survival, Browser, Architecture)
set -uo pipefail
cd "$(dirname "$0")" || exit 1

say() { printf '%s\n' "$*" >&2; }
need() { command -v "$1" >/dev/null 2>&1 || { say "$1 was not found. PqdPortal needs the .NET 10 SDK and Node 20 or newer: install $2, then run ./test.sh again."; exit 1; }; }

need dotnet "the .NET 10 SDK"
need node "Node 20 or newer (with npm)"
need npm "npm, which comes with Node"

# The browser tests drive a Chromium: CHROMIUM_PATH, else the system's, else Debian's package where it can be installed.
find_chromium() {
  for candidate in "${CHROMIUM_PATH:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then export CHROMIUM_PATH="$candidate"; return 0; fi
  done
  return 1
}
if ! find_chromium && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  say "Installing Chromium for the browser tests ..."
  if apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; then find_chromium; fi
fi
if [ -z "${CHROMIUM_PATH:-}" ]; then
  say "No Chromium was found: the browser tests will be skipped. Install Debian's package chromium, or set CHROMIUM_PATH."
fi

# A proxy in front of the portal, as an institute has one.
if [ ! -x /usr/sbin/nginx ] && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  say "Installing nginx for the tests behind a proxy ..."
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >/dev/null \
    || say "No nginx could be installed: the tests behind a proxy will be skipped."
fi

# The C library that writes Photon-HDF5.
if ! ldconfig -p 2>/dev/null | grep -q 'libhdf5\(_serial\)\?\.so' && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  say "Installing the HDF5 library for the tests that write Photon-HDF5 ..."
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends hdf5-tools >/dev/null \
    || say "The HDF5 library could not be installed: the tests that write Photon-HDF5 will be skipped."
fi

# An S3 service over HTTP, for the tests of that store.
if [ ! -e tests/node_modules/.package-lock.json ] || [ tests/package-lock.json -nt tests/node_modules/.package-lock.json ]; then
  (cd tests && npm ci --no-audit --no-fund --loglevel=error >/dev/null) || say "The S3 service of the tests could not be fetched: its tests will be skipped."
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
configuration=Release
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(Architecture Analysis Portal Survival Browser)

passed=0 failed=0 skipped=0
total() { printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"; }

if ! dotnet build PqdPortal.sln -c "$configuration" -v q -nodeReuse:false; then
  say "The build failed; no test was run."
  failed=1; total; exit 1
fi

logs=$(mktemp -d) && trap 'rm -rf "$logs"' EXIT

# Runs a project, or those tests of it that a filter leaves; what it prints and how it ended are kept under a name.
#   run NAME [PROJECT FILTER]
run() {
  say "Testing $1 ..."
  dotnet test "tests/PqdPortal.${2:-$1}.Tests" -c "$configuration" --no-build ${3:+--filter "$3"} --logger "console;verbosity=normal" >"$logs/$1" 2>&1
  echo $? >"$logs/$1.status"
}

# Shows what a project printed, without the passed ones, and counts.
tell() {
  local log="$logs/$1" status p f s
  say "== $1"
  grep -avE '^ *(Passed|Skipped) .*\[[^]]*\]$|^Standard Output|^\[xUnit|^$' "$log"
  status=$(cat "$log.status")
  p=$(awk '/^ +Passed: [0-9]+$/ {n=$2} END {print n+0}' "$log")
  f=$(awk '/^ +Failed: [0-9]+$/ {n=$2} END {print n+0}' "$log")
  s=$(awk '/^ +Skipped: [0-9]+$/ {n=$2} END {print n+0}' "$log")
  if [ "$s" -gt 0 ]; then say "Skipped, and why:"; grep -a -A1 -F '[SKIP]' "$log" | sed -E 's/^\[xUnit\.net [0-9:.]+\] *//' >&2; fi
  if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    say "$1 ended with status $status without naming a failed test: counted as one failure."
    f=1
  fi
  if [ "$((p + f + s))" -eq 0 ]; then say "$1 ran no test: counted as one failure."; f=1; fi
  passed=$((passed + p)); failed=$((failed + f)); skipped=$((skipped + s))
}

for name in "${names[@]}"; do
  if [ "$name" = Analysis ]; then
    # Thousands of damaged files are tried one after the other, on one core; the other tests of the project have the rest.
    run Analysis Analysis 'FullyQualifiedName!~FuzzTests' &
    run DamagedFiles Analysis 'FullyQualifiedName~FuzzTests' &
    wait
    tell Analysis
    tell DamagedFiles
  else
    run "$name"
    tell "$name"
  fi
done

total
[ "$failed" -eq 0 ]
