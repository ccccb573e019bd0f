#!/usr/bin/env bash
# Makes what others install: NuGet packages, the tool `pe`, a release archive, and a container image where docker or podman runs.
# Usage: scripts/package.sh [OUTPUT] [PART ...]   (default: dist, and all of: library tool archive container)
set -euo pipefail
output=${1:-dist}
[[ $output != -* ]] || { sed -n '2,3s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
output=$(realpath -m -- "$output")
shift || true
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(library tool archive container)
for part in "${parts[@]}"; do
  [[ $part =~ ^(library|tool|archive|container)$ ]] || { echo "package: $part is none of library, tool, archive, container." >&2; exit 2; }
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# In folders of its own: what is built in the working tree stays as it is.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' Directory.Build.props)
runtime=linux-x64
quiet=(-c Release --nologo -v quiet -p:RunAnalyzers=false)
wanted() { [[ " ${parts[*]} " == *" $1 "* ]]; }

publish() {
  [ -x "$work/pe/pe" ] || dotnet publish src/PerceptionEncoder.Cli "${quiet[@]}" -r $runtime --no-self-contained -p:DebugType=none --artifacts-path "$work/build" -o "$work/pe"
}

if wanted library; then
  dotnet pack src/PerceptionEncoder "${quiet[@]}" -p:TorchBackend=none --artifacts-path "$work/library" -o "$output"
  for libtorch in Cpu Cuda; do
    dotnet pack packaging/WithLibtorch.csproj "${quiet[@]}" -p:Libtorch=$libtorch --artifacts-path "$work/$libtorch" -o "$output"
  done
fi
if wanted tool; then
  dotnet pack src/PerceptionEncoder.Cli "${quiet[@]}" -r $runtime --artifacts-path "$work/tool" -o "$output"
fi
if wanted archive; then
  publish
  cp -r README.md LICENSE configs docs "$work/pe/"
  tar -C "$work" --owner=0 --group=0 --transform "s|^pe|pe-$version-$runtime|" -czf "$output/pe-$version-$runtime.tar.gz.part" pe
  mv "$output/pe-$version-$runtime.tar.gz.part" "$output/pe-$version-$runtime.tar.gz"
fi
if wanted container; then
  engine=''
  for candidate in docker podman; do
    if command -v $candidate >/dev/null && $candidate info >/dev/null 2>&1; then engine=$candidate; break; fi
  done
  if [ -n "$engine" ]; then
    publish
    $engine build -q -f packaging/Containerfile -t "pe:$version" "$work/pe"
    $engine run --rm "pe:$version" doctor --quick
  else
    echo "package: no container: neither docker nor podman runs here. packaging/Containerfile says how one is made." >&2
  fi
fi
ls -sh "$output"
