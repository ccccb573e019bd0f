#!/usr/bin/env bash
# Makes a site of the pages and of the library's API, with docfx, into _site. Broken links are errors.
# Usage: scripts/site.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
[ $# -eq 0 ] || { sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }

bash scripts/prerequisites.sh
dotnet tool restore
dotnet build src/PerceptionEncoder.Cli -c Release --nologo -v quiet
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet docfx site/docfx.json | tee "$log"
if grep -E 'Invalid(File|Bookmark|External)|Unable to find' "$log" >&2; then
  echo "site: links above lead nowhere." >&2
  exit 2
fi
echo "Open _site/README.html"
