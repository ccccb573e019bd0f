#!/usr/bin/env bash
# Writes the list of the library's public symbols anew (src/PerceptionEncoder/PublicAPI.Unshipped.txt), which the build compares with the code:
# after a change of the surface, run this and look at the diff of the list as at any other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 LC_ALL=C
list=src/PerceptionEncoder/PublicAPI.Unshipped.txt
build=$(mktemp)
trap 'rm -f "$build"' EXIT

# What is in the list is not reported, so that it is empty while the build says what belongs in it.
echo '#nullable enable' > "$list"
if ! dotnet build src/PerceptionEncoder -c Release -v quiet --nologo --no-incremental -p:TreatWarningsAsErrors=false > "$build" 2>&1; then
  grep -m 5 'error' "$build" >&2
  echo "public-api.sh: the library does not build, so that its symbols are not known; git checkout $list brings the list back." >&2
  exit 1
fi

sed -nE "s/.*RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" "$build" | sort -u >> "$list"
echo "$list: $(($(wc -l < "$list") - 1)) symbols"
