#!/usr/bin/env bash
# Builds everything and runs every test. The last line sums all test projects: N passed, N failed, N skipped.
# Arguments go to `dotnet test`, for example: scripts/test.sh --filter Golden
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The projects need no ICU, and a bare machine has none for the SDK either.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

results=TestResults
rm -rf "$results" && mkdir "$results"

bash scripts/prerequisites.sh --tests

# In the configuration that is built: it decides which runtime packages are needed.
restore=(dotnet restore -p:Configuration=Release)
if compgen -G 'src/*/packages.lock.json' >/dev/null; then
  restore+=(--locked-mode)
fi
"${restore[@]}" --verbosity quiet
dotnet build --configuration Release --no-restore --verbosity quiet

# One project at a time: both at once take two thirds of the time, but some tests watch memory and waits of a whole process.
status=0
dotnet test --configuration Release --no-build --results-directory "$PWD/$results" --logger "trx;LogFilePrefix=results" -m:1 "$@" || status=$?

# A results file has one line <Counters total= executed= passed= failed= error= timeout= aborted= .../>; skipped tests are those not executed.
summary=$(find "$results" -name '*.trx' -exec cat {} + | awk '
  function count(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
  /<Counters / {
    passed += count("passed")
    failed += count("failed") + count("error") + count("timeout") + count("aborted")
    skipped += count("total") - count("executed")
  }
  END { printf "%d %d %d\n", passed, failed, skipped }')
read -r passed failed skipped <<<"$summary"

if [ "$status" -eq 0 ] && [ $((passed + failed)) -eq 0 ]; then
  echo "no test ran" >&2
  status=1
fi
if [ "$status" -eq 0 ] && [ "$failed" -gt 0 ]; then
  status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
