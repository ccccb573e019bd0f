#!/usr/bin/env bash
# Puts small mistakes into the code, one at a time, and says which of them the tests notice.
# Usage: scripts/mutation.sh [AREA...]   (default: every list in tests/mutations; takes half a minute a mistake, so one area at a time)
# A list has, for each mistake: [what it is], the file, the tests that should notice (a filter of `dotnet test`), the text and its replacement, and
# where nothing can notice, `survives` and why. The code tried is that of the last commit, in a copy; the working tree is left as it is.
# Exit code: 0 where at least 95% were noticed and the others are marked as survivors, 1 otherwise, 2 where a list is out of date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export PE_GOLDEN_DIR=${PE_GOLDEN_DIR:-$PWD/../shared/golden} PE_DATA_DIR=${PE_DATA_DIR:-$PWD/../shared/data}
time_limit=600

lists=()
for area in "$@"; do lists+=("$PWD/tests/mutations/$area.txt"); done
[ $# -gt 0 ] || lists=("$PWD"/tests/mutations/*.txt)

copy=$(mktemp -d)
git worktree add --quiet --detach "$copy/code" HEAD
trap 'git worktree remove --force "$copy/code"; rm -rf "$copy"' EXIT
cd "$copy/code"

# Analyzers look at style, which a mistake need not have.
build() { dotnet build tests/PerceptionEncoder.Tests -c Release -v quiet --nologo -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false >"$copy/build.log" 2>&1; }
run_tests() { timeout "$time_limit" dotnet test tests/PerceptionEncoder.Tests -c Release --no-build --nologo --filter "$1" >"$copy/test.log" 2>&1; }

# Replaces the one occurrence of $MUTATION_FROM in a file by $MUTATION_TO.
mutate() {
  MUTATION_FROM=$2 MUTATION_TO=$3 perl -0777 -i -pe 'BEGIN { $from = $ENV{MUTATION_FROM}; $to = $ENV{MUTATION_TO} }
    my $count = () = /\Q$from\E/g; if ($count != 1) { print STDERR "$count times\n"; $? = 1; exit 3 } s/\Q$from\E/$to/' "$1"
}

killed=0 survived=0 expected=0
try() {
  [ -n "$name" ] || return 0
  if ! grep -qF -- "$from" "$file"; then
    echo "out of date: $name: $file has no such text; correct the list." >&2
    exit 2
  fi
  cp "$file" "$copy/original"
  mutate "$file" "$from" "$to"
  if ! build; then
    grep -m1 error "$copy/build.log" >&2 || true
    echo "out of date: $name: does not compile; correct the list." >&2
    exit 2
  fi
  if run_tests "$tests"; then
    if grep -q "No test matches" "$copy/test.log"; then
      echo "out of date: $name: no test matches $tests." >&2
      exit 2
    fi
    if [ -n "$reason" ]; then expected=$((expected + 1)); echo "survived as expected: $name ($reason)"; else survived=$((survived + 1)); echo "SURVIVED: $name ($file)"; fi
  else
    killed=$((killed + 1))
    echo "killed: $name"
  fi
  cp "$copy/original" "$file"
}

build
for list in "${lists[@]}"; do
  echo "== $(basename "$list" .txt)"
  name='' file='' tests='' from='' to='' reason=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '['*']') try; name=${line:1:-1} from='' to='' reason='' ;;
      'file '*) file=${line#file } ;;
      'tests '*)
        # Behind a whole mistake it is for those that follow.
        if [ -n "$from" ]; then try; name='' from=''; fi
        tests=${line#tests } ;;
      '- '*) from=${line#- } ;;
      '+ '* | '+') to=${line#+}; to=${to# } ;;
      'survives '*) reason=${line#survives } ;;
    esac
  done <"$list"
  try
done

total=$((killed + survived + expected))
echo "$killed killed, $survived survived, $expected survived as expected, of $total"
[ "$survived" -eq 0 ] && [ $((killed * 100)) -ge $((total * 95)) ]
